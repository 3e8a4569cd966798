// Package recorded has answers of a real Kratos v1.3.1, as they were sent, and serves
// them over loopback and from memory.
package recorded

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
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

// Load returns the answer with a name: that of its file without the extension.
func Load(name string) (Answer, error) {
	raw, err := files.ReadFile("testdata/" + name + ".http")
	if err != nil {
		return Answer{}, err
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", name, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", name, err)
	}
	return Answer{response.StatusCode, response.Header.Get("Content-Type"), body}, nil
}

// Refusals returns the names of the answers to a submission that are no login: one
// of each shape.
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

// WithNodes returns a flow with a number of nodes: its own ones, repeated.
func (a Answer) WithNodes(count int) (Answer, error) {
	var flow struct {
		UI struct {
			Nodes json.RawMessage `json:"nodes"`
		} `json:"ui"`
	}
	var nodes []json.RawMessage
	if err := errors.Join(json.Unmarshal(a.Body, &flow), json.Unmarshal(flow.UI.Nodes, &nodes)); err != nil {
		return Answer{}, err
	}
	repeated := make([]json.RawMessage, count)
	for i := range repeated {
		repeated[i] = nodes[i%len(nodes)]
	}
	text, err := json.Marshal(repeated)
	a.Body = bytes.Replace(a.Body, flow.UI.Nodes, text, 1)
	return a, err
}

// RoundTrip gives the answer to any request, from memory.
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
