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

// submission is the body of a request that must not be sent twice. Net/http sends a
// request again after some failures, over HTTP/2 even one that the server has read whole.
// A submission goes out again only as long as no byte of it was read.
type submission struct {
	*bytes.Reader
	content []byte
	begun   atomic.Bool
}

func (s *submission) Read(p []byte) (int, error) {
	s.begun.Store(true)
	return s.Reader.Read(p)
}

// WriteTo is Read for [io.Copy].
func (s *submission) WriteTo(w io.Writer) (int64, error) {
	s.begun.Store(true)
	return s.Reader.WriteTo(w)
}

// Close lets go of nothing.
func (s *submission) Close() error { return nil }

// again returns the body for another attempt.
func (s *submission) again() (io.ReadCloser, error) {
	if s.begun.Load() {
		return nil, errSentOnce
	}
	s.Reset(s.content)
	return s, nil
}

// setBody makes content the body of a request, which is sent once.
func setBody(request *http.Request, content []byte) {
	body := &submission{Reader: bytes.NewReader(content), content: content}
	request.Body, request.GetBody, request.ContentLength = body, body.again, int64(len(content))
}
