package outage

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/orylogin/orylogin"
)

// skew is how far the clock of one caller is ahead.
const skew = 5 * time.Minute

// skewed returns the client of a caller whose clock is ahead. The times in the server's answers
// are moved back, so they seem older by that much.
func (c *callers) skewed() *orylogin.Client {
	client, err := orylogin.New(c.server, orylogin.WithTimeout(timeLimit),
		orylogin.WithTransport(func(own http.RoundTripper) http.RoundTripper { return earlier{own} }))
	if err != nil {
		panic(err)
	}
	return client
}

type earlier struct{ own http.RoundTripper }

var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

func (e earlier) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := e.own.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	body = times.ReplaceAllFunc(body, func(written []byte) []byte {
		at, err := time.Parse(time.RFC3339Nano, string(written))
		if err != nil {
			return written
		}
		return at.Add(-skew).AppendFormat(nil, time.RFC3339Nano)
	})
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer, nil
}
