package test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/contract"
)

// releases are the releases with recorded answers. The recordings have each step of logins at a
// real server, in order. The last one has what the source of 2026-07-29, which no release has
// yet, answers differently.
var releases = []string{"v0.10.1", "v26.2.0", "after-v26.2"}

// step is a recorded request and the answer of a real server.
type step struct {
	Release  string `json:"-"`
	Scenario string `json:"scenario"`
	Step     int    `json:"step"`

	Method         string            `json:"method"`
	Target         string            `json:"target"`
	Listener       string            `json:"listener"` // "admin", or empty for the public one
	RequestHeaders map[string]string `json:"request_headers"`
	RequestBody    string            `json:"request_body"`

	Status  int             `json:"status"`
	Headers [][2]string     `json:"headers"`
	Body    json.RawMessage `json:"body"` // the JSON of the answer, or a string with its text
}

// recordings reads all steps of a release.
func recordings(t *testing.T, release string) []step {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "recordings", release+".jsonl.gz"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	lines, err := gzip.NewReader(file)
	require.NoError(t, err)

	var steps []step
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 8<<20)
	for scanner.Scan() {
		recorded := step{Release: release}
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &recorded))
		steps = append(steps, recorded)
	}
	require.NoError(t, scanner.Err())
	return steps
}

// exchange returns the step in the form that package contract checks.
func (s step) exchange() contract.Exchange {
	exchange := contract.Exchange{
		Method: s.Method, Target: s.Target, RequestHeader: http.Header{}, RequestBody: []byte(s.RequestBody),
		Status: s.Status, Header: http.Header{}, Body: s.text(),
	}
	for name, value := range s.RequestHeaders {
		exchange.RequestHeader.Set(name, value)
	}
	for _, each := range s.Headers {
		exchange.Header.Add(each[0], each[1])
	}
	return exchange
}

func (s step) String() string {
	return fmt.Sprintf("%s %s#%d: %s %s: %d", s.Release, s.Scenario, s.Step, s.Method, s.Target, s.Status)
}

// path returns the target without its query.
func (s step) path() string { path, _, _ := strings.Cut(s.Target, "?"); return path }

// text returns the body as it was sent.
func (s step) text() []byte {
	var text string
	switch {
	case bytes.Equal(s.Body, []byte("null")):
		return nil
	case json.Unmarshal(s.Body, &text) == nil:
		return []byte(text)
	default:
		return s.Body
	}
}

// header returns the first value of a header of the answer.
func (s step) header(name string) string {
	for _, header := range s.Headers {
		if strings.EqualFold(header[0], name) {
			return header[1]
		}
	}
	return ""
}

// ServeHTTP gives the recorded answer.
func (s step) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for _, header := range s.Headers {
		w.Header().Add(header[0], header[1])
	}
	if date, ok := s.date(); ok {
		w.Header().Set("Date", date)
	}
	w.WriteHeader(s.Status)
	_, _ = w.Write(s.text())
}

// date returns a Date for an answer with a flow, since that header is not recorded. It is three
// seconds after the creation of the flow. So a flow that lives for a second has expired, as it
// had at the recording, and a flow that lives for ten minutes has not.
func (s step) date() (string, bool) {
	var flow struct {
		IssuedAt time.Time `json:"issued_at"`
	}
	if json.Unmarshal(s.Body, &flow) != nil || flow.IssuedAt.IsZero() {
		return "", false
	}
	return flow.IssuedAt.Add(3 * time.Second).Format(http.TimeFormat), true
}
