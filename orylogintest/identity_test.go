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

// TestTOTP holds the codes to those of RFC 6238, appendix B.
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

// TestCodeOfAnAddressInAnyCase: an address is known in any case, and its codes are.
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
