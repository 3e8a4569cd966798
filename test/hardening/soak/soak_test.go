package soak_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hardening/soak"
	"github.com/orylogin/orylogin/test/kratostest"
)

var asAda = orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse")}

// TestSoak is a short run against a real server. A fake in this process would keep its
// requests, so memory would grow.
func TestSoak(t *testing.T) {
	kratos := kratostest.Start(t)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "ada@example.com", Password: "correct horse"})
	require.NoError(t, err)
	run := soak.Soak{Server: kratos.PublicURL, Methods: []orylogin.Method{asAda}}
	var report strings.Builder
	require.NoError(t, run.Run(t.Context(), "Ory Kratos", 3*time.Second, &report))
	require.Contains(t, report.String(), "lost: 0\n")
}
