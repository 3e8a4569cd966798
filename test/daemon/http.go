package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Call is one request to a server.
type Call struct {
	Method string
	URL    string
	Token  string // the session token of Kratos, if any
	Body   any    // sent as JSON, unless nil

	Cookies string // the Cookie header, if any
}

// Client makes calls with its own connections. It follows no redirect.
type Client struct{ http http.Client }

// NewClient returns a client.
func NewClient() *Client {
	return &Client{http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       readyLimit,
	}}
}

// Close closes the connections of the client.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get is Do with a GET request for the URL.
func (c *Client) Get(ctx context.Context, url string, answer any) error {
	return c.Do(ctx, Call{Method: http.MethodGet, URL: url}, answer)
}

// Do makes the call and requires success. It decodes the answer into answer unless that is nil.
func (c *Client) Do(ctx context.Context, call Call, answer any) error {
	request, err := call.request(ctx)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", call.Method, call.URL, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s %s: %s: %s", call.Method, call.URL, response.Status, body)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("%s %s: decode the answer: %w", call.Method, call.URL, err)
	}
	return nil
}

func (c Call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if c.Body != nil {
		encoded, err := json.Marshal(c.Body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: encode the request: %w", c.Method, c.URL, err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, c.Method, c.URL, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if c.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		request.Header.Set("X-Session-Token", c.Token)
	}
	if c.Cookies != "" {
		request.Header.Set("Cookie", c.Cookies)
	}
	return request, nil
}
