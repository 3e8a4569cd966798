package orylogin

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/outline"
)

// loginMembers are the members of all bodies that answer the operations of a flow. The shapes
// share no member, so one pass decodes any of them.
type loginMembers struct {
	*api.SuccessfulSelfServiceLoginWithoutBrowser
	*api.SelfServiceLoginFlow
	errorMembers
}

// hasError tells an error from an empty object. A member of another type decodes to an empty
// object, too.
func (m *errorMembers) hasError() bool {
	e := m.Error
	return e != nil && (e.ID != "" || e.Code != 0 || e.Message != "" || e.Reason != "")
}

// lacksSecondFactor reports whether the error refuses a session for its assurance
// level.
func (m *errorMembers) lacksSecondFactor() bool {
	return ErrorID(m.Error.ID) == ErrSessionAAL2Required || m.RedirectBrowserTo != ""
}

func (m *loginMembers) hasFlow() bool {
	return m.SelfServiceLoginFlow != nil && m.ID != "" && m.UI != nil
}

// sessionMembers are the members of a session or of an error.
type sessionMembers struct {
	api.Session
	errorMembers
}

// errorMembers are the members of the error bodies: error, and beside it what a
// 410 or a 422 adds.
type errorMembers struct {
	Error             *api.GenericError `json:"error"`
	UseFlowID         string            `json:"use_flow_id"`
	ExpiredAt         time.Time         `json:"expired_at"`
	Since             time.Duration     `json:"since"` // nanoseconds
	RedirectBrowserTo string            `json:"redirect_browser_to"`
}

// knownNames are the names of the members that answers are decoded into.
var knownNames = sync.OnceValue(func() outline.Names {
	return outline.NamesOf(
		reflect.TypeFor[loginMembers](), reflect.TypeFor[sessionMembers](), reflect.TypeFor[api.SelfServiceLogoutURL]())
})

// decode decodes the body into target. Its error is a redirect, a rate limit, a body that did
// not arrive whole, or one that is not JSON. A member of an unexpected type stays empty: a
// new form in a new release must not cost the rest of the answer.
func (a *answer) decode(target any) error {
	if a.status/100 == 3 && a.header.Get("Location") != "" {
		return a.redirect()
	}
	if a.status == http.StatusTooManyRequests {
		return a.rateLimited()
	}
	if a.err != nil {
		return a.unreadable(a.err)
	}
	a.body = bytes.TrimSpace(a.body)
	switch {
	case a.succeeded() && a.status != http.StatusOK:
		return a.unknown("Kratos never answers with this status")
	case len(a.body) == 0:
		return a.unknown("it is empty")
	case !isJSON(a.header.Get("Content-Type")):
		return a.unknown("its Content-Type is not JSON")
	case hasManyValues(a.body):
		return a.unreadable(ErrResponseTooLarge)
	}
	err := json.Unmarshal(a.body, target)
	var syntaxErr *json.SyntaxError
	if errors.As(err, &syntaxErr) {
		if !a.keepFirstDocument() {
			return a.unknown("its JSON is malformed or cut off")
		}
		err = json.Unmarshal(a.body, target)
	}
	var typeErr *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &typeErr) {
		return a.unknown("one of its members has an unexpected form")
	}
	names := knownNames().Of(a.body)
	if names.Twofold {
		return a.unknown("two of its members have the same name, or names that differ only in case")
	}
	a.hasMore = a.hasMore || names.HasError
	return nil
}

// rateLimited is the error of a rate limit, whoever has set it and in any form.
func (a *answer) rateLimited() error {
	const plenty = 64 << 10
	var members errorMembers
	if a.err == nil && len(a.body) < plenty {
		_ = json.Unmarshal(a.body, &members) // it may be any text
	}
	return a.meaning(nil, members.Error, "")
}

// maxValues bounds the memory that an answer takes by its objects and commas: decoded, an
// element of an array needs more than a kilobyte, also one that is only a digit. Real
// answers have about two hundred.
const maxValues = 10_000

func hasManyValues(document []byte) bool {
	return bytes.Count(document, []byte("{"))+bytes.Count(document, []byte(",")) > maxValues
}

// keepFirstDocument cuts the body down to its first JSON document: when a web hook interrupts
// the creation of a flow, servers append the flow to the error. Nothing may follow any other
// document.
func (a *answer) keepFirstDocument() bool {
	var first json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(a.body)).Decode(&first); err != nil {
		return false
	}
	a.body, a.hasMore = first, true
	return true
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"))
}
