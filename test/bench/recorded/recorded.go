// Package recorded has unchanged answers of a real Kratos v1.3.1. It serves them over loopback
// and from memory.
package recorded

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
)

//go:embed testdata
var files embed.FS

// Answer is an answer of a server.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Load returns the answer with a name, which is the name of its file without the extension.
func Load(name string) Answer {
	raw := must(files.ReadFile("testdata/" + name + ".http"))
	response := must(http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil))
	defer func() { _ = response.Body.Close() }()
	return Answer{response.StatusCode, response.Header.Get("Content-Type"), must(io.ReadAll(response.Body))}
}

// must returns the value. There is no error, since the embedded files are as they were
// recorded.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// Refusals returns the names of answers to a submission that are not logins, one of each shape.
func Refusals() []string {
	return []string{
		"submit_wrong_password",  // 400, a flow with messages
		"submit_code_sent",       // 400, a flow with its next step
		"submit_disabled",        // 401, an error envelope
		"submit_unknown_flow",    // 404, an error envelope
		"submit_expired",         // 410
		"submit_location_change", // 422
	}
}

// WithNodes returns a flow with count nodes. It repeats the flow's own nodes.
func (a Answer) WithNodes(count int) Answer {
	begin := bytes.Index(a.Body, []byte(`"nodes":[`)) + len(`"nodes":`)
	decoder := json.NewDecoder(bytes.NewReader(a.Body[begin:]))
	var nodes []json.RawMessage
	if err := decoder.Decode(&nodes); err != nil {
		panic(err)
	}
	repeated := make([]json.RawMessage, count)
	for i := range repeated {
		repeated[i] = nodes[i%len(nodes)]
	}
	end := begin + int(decoder.InputOffset())
	a.Body = slices.Concat(a.Body[:begin], must(json.Marshal(repeated)), a.Body[end:])
	return a
}

// RoundTrip answers every request from memory.
func (a Answer) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
	return &http.Response{
		StatusCode:    a.Status,
		Status:        strconv.Itoa(a.Status) + " " + http.StatusText(a.Status),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {a.ContentType}},
		ContentLength: int64(len(a.Body)),
		Body:          io.NopCloser(bytes.NewReader(a.Body)),
		Request:       request,
	}, nil
}
