package orylogin_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

func TestTraitsAndMetadata(t *testing.T) {
	login, err := newKratos(t).Client().Login(t.Context(), password)
	require.NoError(t, err)
	session := login.Session
	var traits struct{ Email string }
	require.NoError(t, session.Traits(&traits))
	require.Equal(t, ada.Email, traits.Email)
	require.ErrorContains(t, session.Traits(&[]string{}), "orylogin: traits")
	metadata := map[string]any{"kept": true}
	require.NoError(t, session.PublicMetadata(&metadata))
	require.Equal(t, map[string]any{"kept": true}, metadata)

	session.Identity.MetadataPublic = json.RawMessage(`{"plan":"gold"}`)
	require.NoError(t, session.PublicMetadata(&metadata))
	require.Equal(t, map[string]any{"kept": true, "plan": "gold"}, metadata)
	require.ErrorContains(t, session.PublicMetadata(&[]string{}), "orylogin: public metadata")

	for _, nobodys := range []*orylogin.Session{nil, {}} {
		require.ErrorContains(t, nobodys.Traits(&traits), "no identity")
		require.ErrorContains(t, nobodys.PublicMetadata(&metadata), "no identity")
	}
}

func TestTokenized(t *testing.T) {
	session, err := inJSON(200, `{"id":"s","active":true,"identity":{"id":"i"},"tokenized":"jwt"}`).client(t).
		Whoami(t.Context(), token, orylogin.WithTokenizeAs("service"))
	require.NoError(t, err)
	require.Equal(t, "jwt", session.Tokenized.Reveal())
}
