package contract

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Recorder is a transport that reads each exchange completely and shows it before its caller
// gets the answer. It does not show a request without an answer.
type Recorder struct {
	// Next sends the requests.
	Next http.RoundTripper

	// BaseURL is removed from the target of an exchange. By default only the scheme and host
	// are removed.
	BaseURL string

	// Show gets each exchange. It may be called concurrently.
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
