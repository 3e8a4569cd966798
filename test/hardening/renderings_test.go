package hardening

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
)

// renderings returns all texts that a value can be turned into.
func renderings(value any) map[string]string {
	texts := map[string]string{}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"}
	if !strings.HasPrefix(fmt.Sprintf("%T", value), "*fmt.") {
		verbs = append(verbs, "%d", "%t") // these show what is inside of an error of fmt.Errorf, whoever has made it
	}
	for _, verb := range verbs {
		texts[verb] = fmt.Sprintf(verb, value)
		texts[verb+" of a slice"] = fmt.Sprintf(verb, []any{value})
	}
	var out bytes.Buffer
	for _, logger := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		logger.Error("x", "value", value)
	}
	texts["slog"] = out.String()
	texts["a panic"] = panicked(value)
	if err, ok := value.(error); ok {
		texts["its chain"] = chain(err)
	}
	for how, value := range map[string]any{"JSON": value, "JSON of a slice": []any{value}} {
		if encoded, err := json.Marshal(value); err == nil {
			texts[how] = string(encoded)
		} else {
			texts[how] = err.Error()
		}
	}
	return texts
}

// panicked returns the text that is reported for a panic with the value.
func panicked(value any) (text string) { //nolint:nonamedreturns // a deferred function sets it
	defer func() { text = fmt.Sprint(recover()) }()
	panic(value)
}

// chain returns the texts of an error and of all errors that it wraps.
func chain(err error) string {
	if err == nil {
		return ""
	}
	texts := []string{fmt.Sprintf("%v %+v %#v", err, err, err)}
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
