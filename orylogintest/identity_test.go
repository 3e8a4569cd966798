package orylogintest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestTOTP compares codes with those of RFC 6238, appendix B.
func TestTOTP(t *testing.T) {
	t.Parallel()
	rfc := "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 20000000000: "353130"} {
		assert.Equal(t, code, orylogintest.TOTP(rfc, time.Unix(at, 0)))
	}
	assert.Empty(t, orylogintest.TOTP("not base32!", time.Unix(59, 0)))
	assert.Empty(t, orylogintest.TOTP("", time.Unix(59, 0)))
	assert.Equal(t, orylogintest.TOTP(rfc, time.Unix(59, 0)), orylogintest.TOTP(strings.ToLower(rfc), time.Unix(59, 0)))
}

// TestCodeOfAnAddressInAnyCase checks that an address and its codes are found in upper and
// lower case.
func TestCodeOfAnAddressInAnyCase(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithCode())
	server.AddIdentity(orylogintest.Identity{Email: "Ada@Example.com"})
	client := server.Client()
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Identifier: "ada@example.com"})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)

	code := server.Code("ada@example.COM")
	assert.Equal(t, server.Code("Ada@Example.com"), code)
	server.ExpireCode("ADA@example.com")
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{
		Identifier: "ada@example.com", Code: orylogin.NewSecret(code),
	})
	var expired *orylogin.ExpiredError
	require.ErrorAs(t, err, &expired)
}

// TestIdentitiesAsTheyAre checks that traits, metadata and names stay as the application gives
// them.
func TestIdentitiesAsTheyAre(t *testing.T) {
	t.Parallel()
	type name struct {
		First string `json:"first"`
	}
	server := orylogintest.NewServer(t, orylogintest.WithCode())
	for _, test := range []struct {
		identity         orylogintest.Identity
		traits, metadata string
		schema           string
		addresses        int
	}{
		{orylogintest.Identity{Email: "one@example.com"}, `{"email":"one@example.com"}`, "null", "default", 1},
		{orylogintest.Identity{Identifiers: []string{"two"}}, `{}`, "null", "default", 0},
		{orylogintest.Identity{
			Identifiers: []string{"three", "+15550100", "three@example.com", "also@example.com"}, SchemaID: "person",
			Traits: map[string]any{"name": name{"Ada"}}, MetadataPublic: []string{"admin"},
		}, `{"name":{"first":"Ada"}}`, `["admin"]`, "person", 2},
	} {
		test.identity.Password = "correct horse"
		added := server.AddIdentity(test.identity)
		for _, identifier := range append(test.identity.Identifiers, test.identity.Email) {
			if identifier == "" {
				continue
			}
			login, err := server.Client().Login(t.Context(), orylogin.Password{
				Identifier: strings.ToUpper(identifier), Password: orylogin.NewSecret("correct horse"),
			})
			require.NoError(t, err, identifier)
			shown := login.Session.Identity
			require.Equal(t, added.ID, shown.ID)
			require.JSONEq(t, test.traits, string(shown.Traits))
			require.JSONEq(t, test.metadata, string(shown.MetadataPublic))
			require.Equal(t, test.schema, shown.SchemaID)
			require.Len(t, shown.VerifiableAddresses, test.addresses)

			_, err = server.Client().Login(t.Context(), orylogin.Code{Identifier: identifier})
			if strings.Contains(identifier, "@") {
				require.ErrorAs(t, err, new(*orylogin.NextStepError))
				require.NotEmpty(t, server.Code(identifier))
			} else {
				require.ErrorIs(t, err, orylogin.ErrNoCodeAccount)
			}
		}
	}
}
