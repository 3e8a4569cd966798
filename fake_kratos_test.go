package orylogin_test

import (
	"testing"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// The people of the fake servers. ada has a password. grace has lookup secrets, too.
var (
	ada   = orylogintest.Identity{ID: "identity-of-ada", Email: "ada@example.com", Password: "hunter2"}
	grace = orylogintest.Identity{
		ID: "identity-of-grace", Email: "grace@example.com", Password: "hunter3", LookupSecrets: []string{"backup-1", "backup-2"},
	}
)

// The methods that they submit.
var (
	password = passwordOf(ada)
	guess    = orylogin.Password{Identifier: ada.Email, Password: orylogin.NewSecret("a guess")}
	backup   = orylogin.LookupSecret{Secret: orylogin.NewSecret("backup-1")}
)

func passwordOf(identity orylogintest.Identity) orylogin.Password {
	return orylogin.Password{Identifier: identity.Email, Password: orylogin.NewSecret(identity.Password)}
}

// newKratos starts a fake server that knows ada and grace.
func newKratos(t *testing.T, options ...orylogintest.Option) *orylogintest.Server {
	t.Helper()
	server := orylogintest.NewServer(t, options...)
	server.AddIdentity(ada)
	server.AddIdentity(grace)
	return server
}
