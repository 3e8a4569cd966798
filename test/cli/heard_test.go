package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// server is a real Kratos behind a proxy that hears what it says: tests know numbers, and a
// terminal shows texts.
type server struct {
	*kratostest.Server

	PublicURL string // of the proxy

	mu    sync.Mutex
	texts map[orylogin.MessageID]string
}

// hear puts the proxy before a Kratos.
func hear(t *testing.T, kratos *kratostest.Server) *server {
	t.Helper()
	target, err := url.Parse(kratos.PublicURL)
	require.NoError(t, err)
	s := &server{Server: kratos, texts: map[orylogin.MessageID]string{}}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: s.listen,
	})
	t.Cleanup(front.Close)
	s.PublicURL = front.URL
	return s
}

// listen keeps the texts of the messages of a flow.
func (s *server) listen(response *http.Response) error {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	var flow orylogin.Flow
	if flow.UnmarshalJSON(body) != nil {
		return nil // it is no JSON
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, message := range flow.Messages() {
		s.texts[message.ID] = message.Text
	}
	return nil
}

// text returns what the server has said with one of the numbers.
func (s *server) text(ids []orylogin.MessageID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if text, said := s.texts[id]; said {
			return text
		}
	}
	return ""
}

// says waits until the screen shows what the server says with one of the numbers.
func (c *conversation) says(s *server, ids ...orylogin.MessageID) {
	c.person.t.Helper()
	require.Eventually(c.person.t, func() bool { return s.text(ids) != "" }, time.Minute, 10*time.Millisecond, "%v was not said", ids)
	c.expect(s.text(ids))
}
