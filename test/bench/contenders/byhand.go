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
)

// answerLimit limits how much of an answer is read. It is this module's default.
const answerLimit = 4 << 20

// byHand logs in with net/http and encoding/json, as a careful program without a client library
// does.
type byHand struct {
	baseURL string
	client  *http.Client
	idOnly  bool // decodes only the id of a flow
}

func newByHand(baseURL string, transport http.RoundTripper) Client {
	return byHand{baseURL, byHandHTTP(transport), false}
}

func newByHandID(baseURL string, transport http.RoundTripper) Client {
	return byHand{baseURL, byHandHTTP(transport), true}
}

func byHandHTTP(transport http.RoundTripper) *http.Client {
	if transport == nil {
		tuned := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http documents the type
		tuned.MaxIdleConns = 512
		tuned.MaxIdleConnsPerHost = 256
		transport = tuned
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var errIncomplete = errors.New("the answer lacks what it was asked for")

func (c byHand) GetFlow(ctx context.Context, id string) error {
	var flow flowAnswer
	err := c.get(ctx, "/self-service/login/flows?id="+url.QueryEscape(id), "", &flow)
	if err == nil && flow.UI == nil {
		return errIncomplete
	}
	return err
}

func (c byHand) Login(ctx context.Context, credentials Credentials) error {
	id, err := c.createFlow(ctx)
	if err != nil {
		return err
	}
	return c.Submit(ctx, id, credentials)
}

func (c byHand) Submit(ctx context.Context, flowID string, credentials Credentials) error {
	body, err := json.Marshal(struct { //nolint:gosec // the password is to be sent
		Method     string `json:"method"`
		Identifier string `json:"identifier"`
		Password   string `json:"password"`
	}{"password", credentials.Identifier, credentials.Password})
	if err != nil {
		return err
	}
	target := c.baseURL + "/self-service/login?flow=" + url.QueryEscape(flowID)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	var login loginAnswer
	err = c.do(request, &login)
	if err == nil && login.SessionToken == "" {
		return errIncomplete
	}
	return err
}

func (c byHand) createFlow(ctx context.Context) (string, error) {
	const target = "/self-service/login/api"
	if c.idOnly {
		var flow struct {
			ID string `json:"id"`
		}
		err := c.get(ctx, target, "", &flow)
		return flow.ID, err
	}
	var flow flowAnswer
	err := c.get(ctx, target, "", &flow)
	return flow.ID, err
}

func (c byHand) Whoami(ctx context.Context, token string) error {
	var session sessionAnswer
	err := c.get(ctx, "/sessions/whoami", token, &session)
	if err == nil && session.Identity == nil {
		return errIncomplete
	}
	return err
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

// do sends the request and decodes the answer. It returns an error for a refusal.
func (c byHand) do(request *http.Request, answer any) error {
	request.Header.Set("Accept", "application/json")
	response, err := c.client.Do(request) //nolint:gosec // the program has chosen the server
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

// decode decodes the body of an answer. It returns an error for a refusal.
func decode(status int, body []byte, answer any) error {
	if status == http.StatusOK {
		return json.Unmarshal(body, answer)
	}
	refusal := &refusal{status: status}
	if err := json.Unmarshal(body, refusal); err != nil {
		return fmt.Errorf("status %d: %w", status, err)
	}
	return refusal
}

// refusal is the error for an answer that is not a success.
type refusal struct {
	status int
	flowAnswer
	errorAnswer
}

func (r *refusal) Error() string { return refused(r.status).Error() }
