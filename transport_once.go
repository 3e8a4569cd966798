package orylogin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// errSentOnce is why net/http does not send a submission again.
var errSentOnce = errors.New("the request may have arrived and is not sent again")

// submission is the body of a request that must not act twice, empty for a GET that acts.
// Net/http sends a request again after some failures: a GET when a pooled connection turns
// out to be dead, and over HTTP/2 even what the server has read whole. A submission goes
// out again only as long as nobody has begun to read it.
type submission struct {
	content []byte
	reader  atomic.Pointer[attempt] // the one that has begun
}

// attempt is a submission as it is sent once.
type attempt struct {
	submission *submission
	unread     bytes.Reader
}

func (s *submission) attempt() *attempt {
	return &attempt{submission: s, unread: *bytes.NewReader(s.content)}
}

// again returns the body for another attempt.
func (s *submission) again() (io.ReadCloser, error) {
	if s.reader.Load() != nil {
		return nil, errSentOnce
	}
	return s.attempt(), nil
}

func (a *attempt) Read(p []byte) (int, error) {
	if reader := &a.submission.reader; !reader.CompareAndSwap(nil, a) && reader.Load() != a {
		return 0, errSentOnce
	}
	return a.unread.Read(p)
}

// Close lets go of nothing.
func (a *attempt) Close() error { return nil }

// setBody makes content the body of a request, which is sent once.
func setBody(request *http.Request, content []byte) {
	body := &submission{content: content}
	request.Body, request.GetBody, request.ContentLength = body.attempt(), body.again, int64(len(content))
}
