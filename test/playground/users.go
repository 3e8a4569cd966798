package playground

import (
	"context"

	"github.com/orylogin/orylogin/test/kratostest"
)

// The users. Their passwords are no secrets.
var (
	alice = kratostest.Identity{Email: "alice@example.com", Password: "demo password of alice", Verified: true}
	bob   = kratostest.Identity{Email: "bob@example.com", Password: "demo password of bob", Verified: true}
	carol = kratostest.Identity{Email: "carol@example.com", Password: "demo password of carol", Verified: true, Inactive: true}
)

// secondFactors are the second factors of bob.
type secondFactors struct {
	app   kratostest.TOTPKey
	codes []string
}

func addUsers(ctx context.Context, kratos *kratostest.Server) (secondFactors, error) {
	for _, user := range []kratostest.Identity{alice, carol} {
		if _, err := kratos.CreateIdentity(ctx, user); err != nil {
			return secondFactors{}, err
		}
	}
	identity, err := kratos.CreateIdentity(ctx, bob)
	if err != nil {
		return secondFactors{}, err
	}
	codes, err := kratos.EnrolLookupSecrets(ctx, identity)
	if err != nil {
		return secondFactors{}, err
	}
	app, err := kratos.EnrolTOTP(ctx, identity)
	return secondFactors{app: app, codes: codes}, err
}
