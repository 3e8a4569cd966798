// Package captchatest replaces the captcha that Ory Network adds to login forms. A [Captcha]
// has the captcha's scripts and checks the captcha's answer. [Captcha.Before] returns a Kratos
// whose flows have the captcha's nodes. Nodes, names and paths come from the public code of Ory
// Elements. What the scripts do is a guess.
package captchatest

import (
	"crypto/rand"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/orylogin/orylogin/test/kratostest"
)

// Refusal is the message of a form whose captcha was not solved.
const Refusal = "Captcha verification failed, please try again."

// refusalID is the id of that message.
const refusalID = 4000038

// Captcha is the origin of a captcha's scripts and frame. Browsers solve this captcha at once.
type Captcha struct {
	// URL is the origin of the scripts and of the frame.
	URL string
	// Answer is the answer that a browser has to send.
	Answer string

	hook string // the URL of the web hook that checks an answer
}

//go:embed scripts
var embedded embed.FS

// Start starts a captcha and stops it when the test ends.
func Start(tb testing.TB) *Captcha {
	tb.Helper()
	scripts, err := fs.Sub(embedded, "scripts")
	if err != nil {
		tb.Fatalf("captchatest: %v", err)
	}
	c := &Captcha{Answer: rand.Text()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /turnstile/v0/api.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.ServeFileFS(w, r, scripts, "api.js")
	})
	mux.HandleFunc("GET /frame", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><p>You are no robot.<script>parent.postMessage(" + `"` + c.Answer + `", "*")</script>`))
	})
	mux.HandleFunc("POST /check", c.check)
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	c.URL, c.hook = server.URL, server.URL+"/check"
	return c
}

// Settings make Kratos check the answer before it logs anybody in with a password.
func (c *Captcha) Settings() []kratostest.Setting {
	parses := map[string]any{"response": map[string]any{"parse": true}}
	return []kratostest.Setting{kratostest.Set("selfservice.flows.login.after.password.hooks",
		kratostest.WebHook(c.hook, kratostest.TransientPayload, parses))}
}

// check answers the web hook.
func (c *Captcha) check(w http.ResponseWriter, r *http.Request) {
	var payload struct {
		Answer string `json:"captcha_turnstile_response"`
	}
	if err := json.NewDecoder(r.Body).Decode(&payload); err == nil && payload.Answer == c.Answer {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	message := map[string]any{"id": refusalID, "text": Refusal, "type": "error"}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"messages": []any{map[string]any{"instance_ptr": "#/", "messages": []any{message}}},
	})
}
