package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestCustomMethod submits by name what has a struct, and what the server does
// not know.
func TestCustomMethod(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	login, err := client.Login(t.Context(), orylogin.Custom{
		Name:   "password",
		Fields: map[string]any{"identifier": ada.Email, "password": secret},
	})
	require.NoError(t, err)
	require.NotEmpty(t, login.Session.Identity.ID)

	_, err = newClient(t, kratos.PublicURL).Login(t.Context(), orylogin.Custom{Name: "brand_new"})
	refusedWith(t, err, orylogin.ErrNoMethod, "")
}
