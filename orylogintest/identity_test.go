package orylogintest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/orylogin/orylogin/orylogintest"
)

// TestTOTP holds the codes to those of RFC 6238, appendix B.
func TestTOTP(t *testing.T) {
	t.Parallel()
	rfc := "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 20000000000: "353130"} {
		assert.Equal(t, code, orylogintest.TOTP(rfc, time.Unix(at, 0)))
	}
	assert.Empty(t, orylogintest.TOTP("not base32!", time.Now()))
	assert.Equal(t, orylogintest.TOTP(rfc, time.Unix(59, 0)), orylogintest.TOTP(strings.ToLower(rfc), time.Unix(59, 0)))
}
