package test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// traffic is a transport that keeps which requests were sent.
type traffic struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent []string // method and path of each, and the body of a submission
}

func (c *traffic) RoundTrip(request *http.Request) (*http.Response, error) {
	line := request.Method + " " + request.URL.Path
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		line += " " + string(text)
	}
	c.mu.Lock()
	c.sent = append(c.sent, line)
	c.mu.Unlock()
	return c.next.RoundTrip(request)
}

// submissions returns the bodies that were submitted.
func (c *traffic) submissions() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var bodies []string
	for _, line := range c.sent {
		if body, ok := strings.CutPrefix(line, "POST /self-service/login "); ok {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// counted returns a client of the server, and what it sends.
func counted(t *testing.T, kratos *kratostest.Server) (*orylogin.Client, *traffic) {
	t.Helper()
	traffic := &traffic{next: witnessed(t).Transport}
	return newClient(t, kratos.PublicURL, orylogin.WithHTTPClient(&http.Client{Transport: traffic})), traffic
}
