// Package recorded has answers of a real Kratos v1.3.1, which cmd/record records,
// and serves them over loopback and from memory.
package recorded

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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

// WithNodes returns a flow with a number of nodes: its own ones, repeated.
func (a Answer) WithNodes(count int) (Answer, error) {
	var flow, ui map[string]json.RawMessage
	var nodes []json.RawMessage
	if err := json.Unmarshal(a.Body, &flow); err != nil {
		return Answer{}, err
	}
	if err := json.Unmarshal(flow["ui"], &ui); err != nil {
		return Answer{}, err
	}
	if err := json.Unmarshal(ui["nodes"], &nodes); err != nil {
		return Answer{}, err
	}
	repeated := make([]json.RawMessage, count)
	for i := range repeated {
		repeated[i] = nodes[i%len(nodes)]
	}
	var err error
	if ui["nodes"], err = json.Marshal(repeated); err != nil {
		return Answer{}, err
	}
	if flow["ui"], err = json.Marshal(ui); err != nil {
		return Answer{}, err
	}
	a.Body, err = json.Marshal(flow)
	return a, err
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
