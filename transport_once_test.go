package orylogin_test

import (
	"cmp"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestSentOnce checks that a submission or a logout can be sent again only until somebody has
// read a byte of it.
func TestSentOnce(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"submit", "logout"} {
		for name, read := range map[string]func(io.Reader) error{
			"a byte": func(body io.Reader) error { return second(body.Read(make([]byte, 1))) },
			"all":    func(body io.Reader) error { return second(io.Copy(io.Discard, body)) },
		} {
			asked := false
			client := over(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				asked = true
				again, err := r.GetBody()
				require.NoError(t, err, "nothing was read")
				content, err := io.ReadAll(io.LimitReader(again, 1))
				require.NoError(t, err)
				require.Equal(t, "{", string(content))
				_, err = r.GetBody()
				require.Error(t, err)

				return nil, cmp.Or(read(r.Body), io.ErrClosedPipe)
			}))
			require.Error(t, operations[operation](t.Context(), client), name)
			require.True(t, asked)
		}
	}
}

// TestLostOnce has a GET that acts, on a pooled connection that the server has closed. The error
// says what became of the request.
func TestLostOnce(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	client, err := orylogin.New(server.URL)
	require.NoError(t, err)
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	server.SetDown(true)
	_, err = client.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(login.Token))
	var lost *orylogin.TransportError
	require.ErrorAs(t, err, &lost)
	require.False(t, lost.NotSent)
	require.ErrorContains(t, err, "the request may have arrived and is not sent again")
}

func second[T any](_ T, err error) error { return err }
