package orylogin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// errSentOnce is the error with which net/http fails to send a submission again.
var errSentOnce = errors.New("the request may have arrived and is not sent again")

// attempt is the body of a request that must not act twice. It is empty for a GET that acts.
// Net/http sends some requests again after a failure: a GET when a pooled connection turns out
// to be dead, and over HTTP/2 even a request that the server has read completely. This body can
// be sent again only until somebody begins to read it.
type attempt struct {
	unread bytes.Reader
	reader *atomic.Pointer[attempt] // the attempt that was read first; shared by all attempts
}

func (a *attempt) Read(p []byte) (int, error) {
	if !a.reader.CompareAndSwap(nil, a) && a.reader.Load() != a {
		return 0, errSentOnce
	}
	return a.unread.Read(p)
}

func (a *attempt) Close() error { return nil }

// setBody makes content the body of a request that is sent once.
func setBody(request *http.Request, content []byte) {
	reader := new(atomic.Pointer[attempt])
	request.GetBody = func() (io.ReadCloser, error) {
		if reader.Load() != nil {
			return nil, errSentOnce
		}
		return &attempt{unread: *bytes.NewReader(content), reader: reader}, nil
	}
	request.Body, _ = request.GetBody() // cannot fail: nothing is read yet
	request.ContentLength = int64(len(content))
}
