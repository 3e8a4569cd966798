package soak_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/hardening/soak"
	"github.com/orylogin/orylogin/test/kratostest"
)

var asAda = orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse")}

// TestSoak is a short run against a real server. A fake in this process would keep
// its requests, and so not stay small.
func TestSoak(t *testing.T) {
	kratos := kratostest.Start(t)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "ada@example.com", Password: "correct horse"})
	require.NoError(t, err)
	run := soak.Soak{Server: kratos.PublicURL, Methods: []orylogin.Method{asAda}}
	var report strings.Builder
	require.NoError(t, run.Run(t.Context(), "Ory Kratos", 3*time.Second, &report))
	require.Contains(t, report.String(), "lost: 0\n")
}

// TestSoakSeesLosses gives out tokens that whoami does not know.
func TestSoakSeesLosses(t *testing.T) {
	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":{"code":401,"message":"no"}}`))
	}))
	run := soak.Soak{Server: server.URL, Methods: []orylogin.Method{asAda}, Patience: 50 * time.Millisecond}
	var report strings.Builder
	require.ErrorContains(t, run.Run(t.Context(), "the fake", time.Second, &report), "lost")
	require.NotContains(t, report.String(), "lost: 0\n")
}

func TestSoakOfNobody(t *testing.T) {
	run := soak.Soak{Server: "http://127.0.0.1:1", Methods: []orylogin.Method{asAda}}
	var report strings.Builder
	require.ErrorContains(t, run.Run(t.Context(), "nobody", 200*time.Millisecond, &report), "nobody has logged in")
}
