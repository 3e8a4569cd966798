package contenders

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/orylogin/orylogin/test/bench/recorded"
)

// answerLimit is how much of an answer is read; it is this module's default.
const answerLimit = 4 << 20

// byHand logs in with net/http and encoding/json, as a careful program would that
// has no client.
type byHand struct {
	baseURL string
	client  *http.Client
}

func newByHand(baseURL string, transport http.RoundTripper) (Client, error) {
	return byHandClient(baseURL, transport), nil
}

func byHandClient(baseURL string, transport http.RoundTripper) byHand {
	if transport == nil {
		tuned := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http documents the type
		tuned.MaxIdleConns = 512
		tuned.MaxIdleConnsPerHost = 256
		transport = tuned
	}
	return byHand{baseURL, &http.Client{
		Transport:     transport,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c byHand) GetFlow(ctx context.Context, id string) (int, error) {
	var flow flowAnswer
	if err := c.get(ctx, "/self-service/login/flows?id="+url.QueryEscape(id), "", &flow); err != nil {
		return 0, err
	}
	if flow.UI == nil {
		return 0, errIncomplete
	}
	return len(flow.UI.Nodes), nil
}

func (c byHand) Login(ctx context.Context, credentials Credentials) (string, error) {
	var flow flowAnswer
	if err := c.get(ctx, "/self-service/login/api", "", &flow); err != nil {
		return "", err
	}
	return c.Submit(ctx, flow.ID, credentials)
}

func (c byHand) Submit(ctx context.Context, flowID string, credentials Credentials) (string, error) {
	body, err := json.Marshal(struct { //nolint:gosec // the password is what is to be sent
		Method     string `json:"method"`
		Identifier string `json:"identifier"`
		Password   string `json:"password"`
	}{"password", credentials.Identifier, credentials.Password})
	if err != nil {
		return "", err
	}
	target := c.baseURL + "/self-service/login?flow=" + url.QueryEscape(flowID)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	var login loginAnswer
	if err := c.do(request, &login); err != nil {
		return "", err
	}
	if login.SessionToken == "" {
		return "", errIncomplete
	}
	return login.SessionToken, nil
}

func (c byHand) Whoami(ctx context.Context, token string) (string, error) {
	var session sessionAnswer
	if err := c.get(ctx, "/sessions/whoami", token, &session); err != nil {
		return "", err
	}
	if session.Identity == nil {
		return "", errIncomplete
	}
	return session.Identity.ID, nil
}

func (c byHand) get(ctx context.Context, target, token string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.baseURL+target, nil)
	if err != nil {
		return err
	}
	if token != "" {
		request.Header.Set("X-Session-Token", token)
	}
	return c.do(request, answer)
}

// do sends the request and decodes the answer, or returns the error that it is.
func (c byHand) do(request *http.Request, answer any) error {
	request.Header.Set("Accept", "application/json")
	response, err := c.client.Do(request) //nolint:gosec // to the server that the program chose
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, answerLimit+1))
	switch {
	case err != nil:
		return err
	case len(body) > answerLimit:
		return errors.New("the answer is larger than the limit")
	}
	return decode(response.StatusCode, body, answer)
}

// decode decodes the body of an answer, or returns the error that it is.
func decode(status int, body []byte, answer any) error {
	if status != http.StatusOK {
		return refusalOf(status, body)
	}
	return json.Unmarshal(body, answer)
}

// refusal is an answer that is not what was asked for.
type refusal struct {
	status int
	flowAnswer
	errorAnswer
}

func (r *refusal) Error() string { return fmt.Sprintf("the server answered with status %d", r.status) }

func refusalOf(status int, body []byte) error {
	refusal := &refusal{status: status}
	if err := json.Unmarshal(body, refusal); err != nil {
		return fmt.Errorf("status %d: %w", status, err)
	}
	return refusal
}

// byHandID is byHand, but for a login that decodes the id of the flow only.
type byHandID struct{ byHand }

func newByHandID(baseURL string, transport http.RoundTripper) (Client, error) {
	return byHandID{byHandClient(baseURL, transport)}, nil
}

func (c byHandID) Login(ctx context.Context, credentials Credentials) (string, error) {
	var flow struct {
		ID string `json:"id"`
	}
	if err := c.get(ctx, "/self-service/login/api", "", &flow); err != nil {
		return "", err
	}
	return c.Submit(ctx, flow.ID, credentials)
}

// byHandDecoder decodes as byHand does.
type byHandDecoder struct{ recorded.Answer }

func readByHand(answer recorded.Answer) (Decoder, error) { return byHandDecoder{answer}, nil }

func (d byHandDecoder) Flow() (int, error) {
	var flow flowAnswer
	if err := decode(d.Status, d.Body, &flow); err != nil {
		return 0, err
	}
	return len(flow.UI.Nodes), nil
}

func (d byHandDecoder) Login() (string, error) {
	var login loginAnswer
	err := decode(d.Status, d.Body, &login)
	return login.Session.ID, err
}

func (d byHandDecoder) Session() (string, error) {
	var session sessionAnswer
	err := decode(d.Status, d.Body, &session)
	return session.ID, err
}
