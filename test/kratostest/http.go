package kratostest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// call is one request to Kratos.
type call struct {
	method string
	url    string
	token  string // of a session, if any
	body   any    // sent as JSON, unless nil
}

func (s *Server) get(ctx context.Context, url string, answer any) error {
	return s.do(ctx, call{method: http.MethodGet, url: url}, answer)
}

// do makes the call, demands success, and decodes the answer unless it is nil.
func (s *Server) do(ctx context.Context, c call, answer any) error {
	request, err := c.request(ctx)
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", c.method, c.url, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s %s: %s: %s", c.method, c.url, response.Status, body)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("%s %s: decode the answer: %w", c.method, c.url, err)
	}
	return nil
}

func (c call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if c.body != nil {
		encoded, err := json.Marshal(c.body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: encode the request: %w", c.method, c.url, err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, c.url, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if c.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("X-Session-Token", c.token)
	}
	return request, nil
}
