package orylogin_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/orylogin/orylogin"
)

// outcome describes an error in a form that fits a table.
type outcome struct {
	kind   string // the type, without the suffix Error
	status int
	id     orylogin.ErrorID
}

func outcomeOf(err error) outcome {
	if err == nil {
		return outcome{kind: "success"}
	}
	o := outcome{kind: "untyped"}
	var apiErr *orylogin.APIError
	if errors.As(err, &apiErr) {
		o.status, o.id = apiErr.StatusCode, apiErr.ID
	}
	if name, ours := strings.CutPrefix(fmt.Sprintf("%T", err), "*orylogin."); ours {
		o.kind = strings.TrimSuffix(name, "Error")
	}
	return o
}

// chain returns the texts of an error and of all errors that it wraps.
func chain(err error) string {
	if err == nil {
		return ""
	}
	texts := []string{err.Error()}
	switch wrapped := err.(type) { //nolint:errorlint // the chain itself is walked
	case interface{ Unwrap() error }:
		texts = append(texts, chain(wrapped.Unwrap()))
	case interface{ Unwrap() []error }:
		for _, each := range wrapped.Unwrap() {
			texts = append(texts, chain(each))
		}
	}
	return strings.Join(texts, "\n")
}
