package test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestPasskeyOfANativeFlow signs the challenge in a recorded flow of a v26.2 server, and logs
// in with it in each way. The answer is that of the server to such a login.
func TestPasskeyOfANativeFlow(t *testing.T) {
	t.Parallel()
	owned := newKey()
	owned.authenticator.Options.UserHandle = []byte("ada")
	for name, logIn := range map[string]func(context.Context, *orylogin.Client) (*orylogin.Login, error){
		"Submit": func(ctx context.Context, client *orylogin.Client) (*orylogin.Login, error) {
			flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{})
			require.NoError(t, err)
			require.Contains(t, flow.Methods(), "passkey")
			return client.Submit(ctx, flow.ID, orylogin.Passkey{Response: owned.assert(t, value(t, flow, "passkey_challenge"))})
		},
		"Converse": func(ctx context.Context, client *orylogin.Client) (*orylogin.Login, error) {
			return client.Converse(ctx, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
				require.NoError(t, step.Err)
				return orylogin.Passkey{Response: owned.assert(t, value(t, step.Flow, "passkey_challenge"))}, nil
			})
		},
	} {
		kratos := &passkeyServer{submitted: make(chan []byte, 1)}
		server := httptest.NewServer(kratos)
		login, err := logIn(t.Context(), newClient(t, server.URL))
		server.Close()
		require.NoError(t, err, name)
		require.Equal(t, "passkey", login.Session.AuthenticationMethods[0].Method)
		require.False(t, login.Token.IsZero())
		requireSigned(t, owned, <-kratos.submitted)
	}
}

// passkeyServer gives the recorded answers and keeps the submission.
type passkeyServer struct{ submitted chan []byte }

func (s *passkeyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := "create_passkey"
	if r.Method == http.MethodPost {
		name = "submit_passkey"
		body, _ := io.ReadAll(r.Body)
		s.submitted <- body
	}
	recorded, err := os.ReadFile("../testdata/v26.2.0/" + name + ".http")
	_, body, found := bytes.Cut(recorded, []byte("\r\n\r\n"))
	if err != nil || !found {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// requireSigned requires that a submission has exactly what the authenticator has signed, for
// the challenge of the recorded flow.
func requireSigned(t *testing.T, owned *key, submission []byte) {
	t.Helper()
	var submitted struct {
		Method string `json:"method"`
		Login  string `json:"passkey_login"`
	}
	require.NoError(t, json.Unmarshal(submission, &submitted))
	require.Equal(t, "passkey", submitted.Method)
	var assertion struct {
		Response struct {
			AuthenticatorData string `json:"authenticatorData"`
			ClientDataJSON    string `json:"clientDataJSON"`
			Signature         string `json:"signature"`
		} `json:"response"`
	}
	require.NoError(t, json.Unmarshal([]byte(submitted.Login), &assertion))
	decoded := func(text string) []byte {
		content, err := base64.RawURLEncoding.DecodeString(text)
		require.NoError(t, err)
		return content
	}
	clientData := decoded(assertion.Response.ClientDataJSON)
	require.Contains(t, string(clientData), `"challenge":"ihXJVkTmzLFpk`)
	hash := sha256.Sum256(clientData)
	signed := sha256.Sum256(append(decoded(assertion.Response.AuthenticatorData), hash[:]...))
	private, err := x509.ParsePKCS8PrivateKey(owned.credential.Key.Data)
	require.NoError(t, err)
	signer, ok := private.(*ecdsa.PrivateKey)
	require.True(t, ok)
	require.True(t, ecdsa.VerifyASN1(&signer.PublicKey, signed[:], decoded(assertion.Response.Signature)))
}
