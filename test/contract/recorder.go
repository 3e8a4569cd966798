package contract

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Recorder is a transport that reads every exchange whole, and shows it before its
// caller gets the answer. A request that gets no answer is not shown.
type Recorder struct {
	// Next sends the requests.
	Next http.RoundTripper

	// BaseURL is what the target of an exchange leaves out. By default that is the
	// host.
	BaseURL string

	// Show gets each exchange. Calls at the same time lead to calls at the same time.
	Show func(Exchange)
}

// RoundTrip implements [http.RoundTripper].
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	var sent []byte
	if request.Body != nil {
		var err error
		if sent, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		if err := request.Body.Close(); err != nil {
			return nil, err
		}
		request = request.Clone(request.Context())
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := r.Next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	received, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(received))
	r.Show(Exchange{
		Method: request.Method, Target: r.target(request), RequestHeader: request.Header, RequestBody: sent,
		Status: response.StatusCode, Header: response.Header, Body: received,
	})
	return response, nil
}

func (r *Recorder) target(request *http.Request) string {
	if r.BaseURL == "" {
		return request.URL.RequestURI()
	}
	return strings.TrimPrefix(request.URL.String(), r.BaseURL)
}
