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

// server is a real Kratos behind a proxy that keeps its messages. Tests know the ids of
// messages, and a terminal shows their texts.
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

// listen keeps the texts of the messages in a flow.
func (s *server) listen(response *http.Response) error {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	var flow orylogin.Flow
	if flow.UnmarshalJSON(body) != nil {
		return nil // the body is not JSON
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, message := range flow.Messages() {
		s.texts[message.ID] = message.Text
	}
	return nil
}

// text returns the text of a message that the server has sent, with one of the ids.
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

// says waits until the screen shows the text of a message of the server, with one of the ids.
func (c *conversation) says(s *server, ids ...orylogin.MessageID) {
	c.person.t.Helper()
	require.Eventually(c.person.t, func() bool { return s.text(ids) != "" }, time.Minute, 10*time.Millisecond, "%v was not said", ids)
	c.expect(s.text(ids))
}
