//go:build !race && !goexperiment.jsonv2

package orylogin

import (
	"bufio"
	"bytes"
	"context"
	"go/build"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/internal/operation"
)

// TestAllocations compares the allocations of the main paths with the recorded numbers. It
// counts from the call to its result, with a transport that answers from memory. A number that
// goes up needs a reason. If a number goes down, write the new one here. The counts are exact
// without the race detector and with the default encoding/json.
func TestAllocations(t *testing.T) { //nolint:paralleltest // it counts the allocations of the process
	ctx := context.Background()
	credentials := Password{Identifier: "ada@example.com", Password: NewSecret("correct horse battery staple")}
	token := NewSecret("ory_st_secret-token")
	column := 0
	if slices.Contains(build.Default.ReleaseTags, "go1.26") {
		column = 1
	}
	submit := func(client *Client) error {
		_, err := client.Submit(ctx, "a flow", credentials)
		return err
	}
	for _, path := range []struct {
		name    string
		answers canned // by HTTP method
		want    [2]int // with Go 1.25 and with Go 1.26 or later
		call    func(*Client) error
	}{
		{"create a flow", canned{"GET": "create"}, [2]int{151, 149}, func(client *Client) error {
			_, err := client.CreateFlow(ctx, FlowOptions{})
			return err
		}},
		{"get a flow", canned{"GET": "get"}, [2]int{162, 156}, func(client *Client) error {
			_, err := client.GetFlow(ctx, "a flow")
			return err
		}},
		{"log in", canned{"GET": "create", "POST": "submit_success"}, [2]int{155, 147}, func(client *Client) error {
			_, err := client.Login(ctx, credentials)
			return err
		}},
		{"submit", canned{"POST": "submit_success"}, [2]int{102, 96}, submit},
		{"submit a wrong password", canned{"POST": "submit_wrong_password"}, [2]int{178, 172}, submit},
		{"submit and have a code sent", canned{"POST": "submit_code_sent"}, [2]int{150, 144}, submit},
		{"submit to an unknown flow", canned{"POST": "submit_unknown_flow"}, [2]int{75, 69}, submit},
		{"submit to an expired flow", canned{"POST": "submit_expired"}, [2]int{81, 75}, submit},
		{"ask who a token stands for", canned{"GET": "whoami"}, [2]int{82, 80}, func(client *Client) error {
			_, err := client.Whoami(ctx, token)
			return err
		}},
		{"log out", canned{"DELETE": "logout"}, [2]int{44, 42}, func(client *Client) error { return client.Logout(ctx, token) }},
	} {
		t.Run(path.name, func(t *testing.T) {
			client, err := New("http://127.0.0.1", WithHTTPClient(&http.Client{Transport: path.answers.load(t)}))
			require.NoError(t, err)
			allocations := testing.AllocsPerRun(200, func() { _ = path.call(client) })
			assert.Equal(t, path.want[column], int(allocations))
		})
	}
}

// TestClassificationAllocatesNothing checks that finding out what a decoded success means
// allocates no memory.
func TestClassificationAllocatesNothing(t *testing.T) { //nolint:paralleltest // it counts the allocations of the process
	classify := classification(t)
	assert.Zero(t, testing.AllocsPerRun(200, classify))
}

func BenchmarkClassification(b *testing.B) {
	classify := classification(b)
	b.ReportAllocs()
	for b.Loop() {
		classify()
	}
}

// classification returns a function that finds out whether a decoded answer is a success.
func classification(tb testing.TB) func() {
	tb.Helper()
	response := canned{"POST": "submit_success"}.load(tb)["POST"]
	answer := &answer{operation: operation.Submit, status: response.StatusCode, header: response.Header, body: response.body}
	var members loginMembers
	require.NoError(tb, answer.decode(&members))
	return func() {
		success, err := answer.success(&members)
		if err != nil || !complete(&success.Session) {
			tb.Fatal("the success is not one")
		}
	}
}

// canned has the names of recorded answers, by HTTP method.
type canned map[string]string

// cannedTransport gives recorded answers, by HTTP method. The three allocations of each
// response are part of the counts.
type cannedTransport map[string]cannedResponse

type cannedResponse struct {
	http.Response
	body []byte
}

func (c canned) load(tb testing.TB) cannedTransport {
	tb.Helper()
	transport := cannedTransport{}
	for method, name := range c {
		raw, err := os.ReadFile(filepath.Join("testdata", "v26.2.0", name+".http"))
		require.NoError(tb, err)
		response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
		require.NoError(tb, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(tb, err)
		require.NoError(tb, response.Body.Close())
		transport[method] = cannedResponse{*response, body}
	}
	return transport
}

func (c cannedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response := c[request.Method].Response
	response.Body = io.NopCloser(bytes.NewReader(c[request.Method].body))
	return &response, nil
}
