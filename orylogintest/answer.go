package orylogintest

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object.
type object = map[string]any

// call is one request and its answer.
type call struct {
	*Server
	w    http.ResponseWriter
	r    *http.Request
	body []byte
	now  time.Time
}

// query returns a parameter of the request's URL.
func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// write answers with JSON. Kratos names the charset unless it answers an error.
func (c *call) write(status int, body any) {
	c.send(status, "application/json; charset=utf-8", body)
}

func (c *call) send(status int, contentType string, body any) {
	c.w.Header().Set("Content-Type", contentType)
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(body) // an error means that the client is gone
}

// failure is an error in the form in which Kratos answers it.
type failure struct {
	status int // of the answer
	code   int // the code in the body, if it differs from status
	id     string
	reason string
	text   string
	more   object // the member details of the error
	beside object // members of the body beside the error
	at     time.Time
}

func (f failure) envelope() object {
	code := f.code
	if code == 0 {
		code = f.status
	}
	body := object{"code": code, "status": http.StatusText(code), "message": f.text}
	for name, value := range map[string]string{"id": f.id, "reason": f.reason} {
		if value != "" {
			body[name] = value
		}
	}
	if f.more != nil {
		body["details"] = f.more
	}
	return body
}

// fail answers with an error in JSON.
func (c *call) fail(f failure) {
	if c.errorHeader {
		c.w.Header().Set("Ory-Error-Id", f.id)
	}
	body := object{"error": f.envelope()}
	for name, value := range f.beside {
		body[name] = value
	}
	c.send(f.status, "application/json", body)
}

// failForBrowser redirects a browser to the error page, which shows the failure.
func (c *call) failForBrowser(f failure) {
	id := newUUID()
	f.at = c.now
	c.failures[id] = f
	c.redirect(c.refusalStatus, c.page("/error")+"?id="+id)
}

// failAsAccepted answers with an error in the form that the Accept header prefers.
func (c *call) failAsAccepted(f failure) {
	if c.prefersJSON() {
		c.fail(f)
	} else {
		c.failForBrowser(f)
	}
}

// redirect sends the browser to a URL. The answer to a form has no body.
func (c *call) redirect(status int, target string) {
	if c.r.Method == http.MethodPost {
		c.w.Header()["Content-Type"] = nil
		c.w.Header().Set("Location", target)
		c.w.WriteHeader(status)
		return
	}
	http.Redirect(c.w, c.r, target, status)
}

// getError answers with the failure that the error page asks for.
func (c *call) getError() {
	id := c.query("id")
	f, ok := c.failures[id]
	if !ok {
		c.fail(notFound())
		return
	}
	at := stamp(f.at)
	c.write(http.StatusOK, object{"id": id, "error": f.envelope(), "created_at": at, "updated_at": at})
}

func (c *call) pageNotFound() {
	http.Error(c.w, "404 page not found", http.StatusNotFound)
}

func (c *call) methodNotAllowed() {
	http.Error(c.w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
}

// textInternal is the text of a failure that nobody but the operator can do something about.
const textInternal = "An internal server error occurred, please contact the system administrator"

func badRequest(reason string) failure {
	return failure{
		status: http.StatusBadRequest, reason: reason,
		text: "The request was malformed or contained invalid parameters",
	}
}

func forbiddenReturnTo(target string) failure {
	failed := badRequest("Requested return_to URL \"" + target + "\" is not allowed.")
	failed.id = "self_service_flow_return_to_forbidden"
	return failed
}

func notFound() failure {
	return failure{status: http.StatusNotFound, text: "Unable to locate the resource"}
}

func forbidden(reason string) failure {
	return failure{status: http.StatusForbidden, reason: reason, text: "The requested action was forbidden"}
}

// prefersJSON reports whether the Accept header prefers JSON to HTML.
func (c *call) prefersJSON() bool {
	accept := strings.Join(c.r.Header.Values("Accept"), ",")
	return weight(accept, "application", "json") > weight(accept, "text", "html")
}

// wantsJSON is prefersJSON for a request with a body. The media type of the body counts, too.
func (c *call) wantsJSON() bool {
	return c.prefersJSON() || c.r.Header.Get("Content-Type") == "application/json"
}

// weight returns the weight of a media type in an Accept header, from 0 to 1.
func weight(accept, kind, subtype string) float64 {
	found, precision := 0.0, 0
	for part := range strings.SplitSeq(accept, ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		fits := map[string]int{"*/*": 1, kind + "/*": 2, kind + "/" + subtype: 3}[mediaType]
		if fits <= precision {
			continue
		}
		precision, found = fits, 1
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			found = q
		}
	}
	return found
}

// stamp formats a time as Kratos does.
func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
