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

// loginMembers are the members of all bodies that answer the operations of a flow. No two
// shapes of body have a member in common, so one pass decodes any of them.
type loginMembers struct {
	*api.SuccessfulSelfServiceLoginWithoutBrowser
	*api.SelfServiceLoginFlow
	errorMembers
}

// hasError tells an error from an empty object, which is also the result of decoding a member
// of another type.
func (m *errorMembers) hasError() bool {
	e := m.Error
	return e != nil && (e.ID != "" || e.Code != 0 || e.Message != "" || e.Reason != "")
}

// lacksSecondFactor reports whether the error refuses a session because of its assurance level.
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

// errorMembers are the members of an error body: the error itself, and the members that a 410
// or a 422 has beside it.
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

// decode decodes the body into target. It fails for a redirect, a rate limit, an incomplete
// body and a body that is not JSON. A member of an unexpected type stays empty, so that a
// change in a new release does not make the rest of the answer unreadable.
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

// rateLimited returns the error for a rate limit, whoever has set the limit and whatever the
// answer looks like.
func (a *answer) rateLimited() error {
	const plenty = 64 << 10
	var members errorMembers
	if a.err == nil && len(a.body) < plenty {
		_ = json.Unmarshal(a.body, &members) // the body may be any text
	}
	return a.meaning(nil, members.Error, "")
}

// maxValues limits the objects and commas of an answer, and by that the memory of its decoded
// form. A decoded element of an array needs more than a kilobyte, even if it is only a digit.
// Real answers have about two hundred objects and commas.
const maxValues = 10_000

func hasManyValues(document []byte) bool {
	return bytes.Count(document, []byte("{"))+bytes.Count(document, []byte(",")) > maxValues
}

// keepFirstDocument cuts the body down to its first JSON document. When a web hook interrupts
// the creation of a flow, servers append the flow to the error. Behind any other document there
// must be nothing.
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
