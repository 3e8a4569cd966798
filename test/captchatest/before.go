package captchatest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
)

// Before returns the URL of a Kratos whose flows have the captcha. The URL is at localhost. The
// Kratos behind it must be at localhost, too, since cookies belong to a host with all its
// ports.
func (c *Captcha) Before(tb testing.TB, kratosURL string) string {
	tb.Helper()
	target, err := url.Parse(kratosURL)
	if err != nil {
		tb.Fatalf("captchatest: %v", err)
	}
	scripts, err := fs.Sub(embedded, "scripts")
	if err != nil {
		tb.Fatalf("captchatest: %v", err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			unfold(r.Out)
		},
		ModifyResponse: c.add,
	}
	mux := http.NewServeMux()
	mux.Handle("/", proxy)
	mux.HandleFunc("GET /.well-known/ory/turnstile/captcha-trigger.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.ServeFileFS(w, r, scripts, "captcha-trigger.js")
	})
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	front, err := url.Parse(server.URL)
	if err != nil {
		tb.Fatalf("captchatest: %v", err)
	}
	return "http://localhost:" + front.Port()
}

// unfold turns the answer in a form into JSON. A Kratos that is not on Ory Network does not
// find the answer otherwise.
func unfold(r *http.Request) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return
	}
	body, _ := io.ReadAll(r.Body)
	if form, err := url.ParseQuery(string(body)); err == nil && form.Has(answerField) {
		payload, _ := json.Marshal(map[string]string{"captcha_turnstile_response": form.Get(answerField)}) //nolint:errchkjson // texts
		form.Set("transient_payload", string(payload))
		body = []byte(form.Encode())
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// add adds the captcha to the flow in an answer, if there is one.
func (c *Captcha) add(answer *http.Response) error {
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != "application/json" {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	var flow map[string]any
	if err := json.Unmarshal(body, &flow); err != nil {
		return fmt.Errorf("decode an answer of Kratos: %w", err)
	}
	if ui, ok := flow["ui"].(map[string]any); ok {
		nodes, _ := ui["nodes"].([]any)
		ui["nodes"] = append(c.nodes(), nodes...)
		if body, err = json.Marshal(flow); err != nil {
			return err
		}
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// answerField is the name of the field for the captcha's answer.
const answerField = "transient_payload.captcha_turnstile_response"

// nodes returns the nodes of the captcha as Ory Network has them in its forms.
func (c *Captcha) nodes() []any {
	options, _ := json.Marshal(map[string]string{ //nolint:errchkjson // texts
		"sitekey": "a-site-key", "theme": "light", "action": "login", "response_field_name": answerField,
	})
	return []any{
		node("input", map[string]any{"name": answerField, "type": "hidden", "value": "", "disabled": false}),
		script("captcha_trigger_script", "/.well-known/ory/turnstile/captcha-trigger.js"),
		node("text", map[string]any{"id": "captcha_turnstile_inject", "text": map[string]any{
			"id": 1070015, "text": "Please complete the captcha challenge to continue.", "type": "info",
		}}),
		script("captcha_script", c.URL+"/turnstile/v0/api.js?render=explicit&onload=oryCaptchaTurnstileInit"),
		node("input", map[string]any{"name": "captcha_turnstile_options", "type": "hidden", "value": string(options), "disabled": false}),
	}
}

func script(id, src string) map[string]any {
	return node("script", map[string]any{
		"src": src, "async": true, "referrerpolicy": "no-referrer", "crossorigin": "anonymous", "integrity": "",
		"type": "text/javascript", "id": id, "nonce": "11111111-2222-4333-8444-555555555555",
	})
}

func node(kind string, attributes map[string]any) map[string]any {
	attributes["node_type"] = kind
	return map[string]any{"type": kind, "group": "captcha", "attributes": attributes, "messages": []any{}, "meta": map[string]any{}}
}
