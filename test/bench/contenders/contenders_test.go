package contenders_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/recorded"
)

var ada = contenders.Credentials{Identifier: "ada@example.com", Password: "correct horse battery staple"}

// TestContendersDoTheSameWork holds that all contenders find the same in an answer,
// over loopback and from memory.
func TestContendersDoTheSameWork(t *testing.T) {
	t.Parallel()
	script, err := recorded.LoginScript()
	require.NoError(t, err)
	server := script.Serve()
	t.Cleanup(server.Close)
	for _, contender := range contenders.WithIDOnly() {
		for name, transport := range map[string]http.RoundTripper{"loopback": nil, "memory": &script} {
			t.Run(contender.Name+"/"+name, func(t *testing.T) {
				client, err := contender.New(server.URL, transport)
				require.NoError(t, err)
				nodes, err := client.GetFlow(t.Context(), "a flow")
				require.NoError(t, err)
				assert.Equal(t, 8, nodes)
				submitted, err := client.Submit(t.Context(), "a flow", ada)
				require.NoError(t, err)
				assert.Contains(t, submitted, "ory_st_")
				token, err := client.Login(t.Context(), ada)
				require.NoError(t, err)
				assert.Equal(t, submitted, token)
				identity, err := client.Whoami(t.Context(), token)
				require.NoError(t, err)
				assert.Len(t, identity, 36)
			})
		}
	}
}

func load(t *testing.T, name string) recorded.Answer {
	t.Helper()
	answer, err := recorded.Load(name)
	require.NoError(t, err)
	return answer
}

// TestDecodersFindTheSame holds that all decoders find the same in an answer.
func TestDecodersFindTheSame(t *testing.T) {
	t.Parallel()
	var logins, sessions []string
	for _, contender := range contenders.All() {
		read := func(name string) contenders.Decoder {
			decoder, err := contender.Read(load(t, name))
			require.NoError(t, err)
			return decoder
		}
		nodes, err := read("flow").Flow()
		require.NoError(t, err)
		assert.Equal(t, 8, nodes)
		id, err := read("submit_success").Login()
		require.NoError(t, err)
		logins = append(logins, id)
		id, err = read("whoami").Session()
		require.NoError(t, err)
		sessions = append(sessions, id)
	}
	require.Len(t, logins[0], 36)
	assert.Len(t, slices.Compact(logins), 1)
	assert.Equal(t, logins[:1], slices.Compact(sessions))
}

// TestContendersRefuse holds that no contender takes an error for a login.
func TestContendersRefuse(t *testing.T) {
	t.Parallel()
	for _, name := range recorded.Refusals() {
		answer := load(t, name)
		script := recorded.Script{Submission: answer, Session: answer}
		for _, contender := range contenders.All() {
			t.Run(contender.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				client, err := contender.New("http://127.0.0.1", &script)
				require.NoError(t, err)
				_, err = client.Submit(t.Context(), "a flow", ada)
				require.Error(t, err)
				_, err = client.Whoami(t.Context(), "a token")
				require.Error(t, err)
				decoder, err := contender.Read(answer)
				require.NoError(t, err)
				_, err = decoder.Login()
				require.Error(t, err)
			})
		}
	}
}
