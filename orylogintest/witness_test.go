package orylogintest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// witness is a test that may fail without failing the test that it is in.
type witness struct {
	testing.TB
	failure string
}

func (*witness) Helper() {}

func (w *witness) Errorf(format string, a ...any) { w.failure = fmt.Sprintf(format, a...) }

func (w *witness) Fatalf(format string, a ...any) { w.fatal(fmt.Sprintf(format, a...)) }

func (w *witness) Fatal(a ...any) { w.fatal(fmt.Sprint(a...)) }

func (w *witness) fatal(text string) {
	w.failure = text
	panic(w)
}

// failure returns what a call fails its test with.
func failure(t *testing.T, options []orylogintest.Option, call func(*orylogintest.Server)) (text string) { //nolint:nonamedreturns // set after a panic
	t.Helper()
	w := &witness{TB: t}
	defer func() {
		if recovered := recover(); recovered != nil && recovered != any(w) {
			panic(recovered)
		}
		text = w.failure
	}()
	call(orylogintest.NewServer(w, options...))
	return ""
}

func TestWrongUseFailsTheTest(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*orylogintest.Server){
		"no e-mail address":  func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{}) },
		"already":            func(s *orylogintest.Server) { s.AddIdentity(ada); s.AddIdentity(ada) },
		"no flow":            func(s *orylogintest.Server) { s.ExpireFlow("unknown") },
		"no code was mailed": func(s *orylogintest.Server) { s.Code(ada.Email) },
		"mailed to nobody":   func(s *orylogintest.Server) { s.ExpireCode("nobody") },
		"the id":             func(s *orylogintest.Server) { s.ExpireSessions("unknown") },
		"no operation":       func(s *orylogintest.Server) { s.Respond("unknown", 503, "") },
		"not base32":         func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{Email: "x@y", TOTPSecret: "!"}) },
		"no identity":        func(s *orylogintest.Server) { s.SetDisabled("unknown", true) },
		"plain http":         func(s *orylogintest.Server) { s.Client(orylogin.WithTimeout(-1)) },
	} {
		if name == "plain http" {
			name = "orylogin"
		}
		assert.Contains(t, failure(t, nil, call), name)
	}
	options := []orylogintest.Option{orylogintest.WithRelease("v99")}
	assert.Contains(t, failure(t, options, func(*orylogintest.Server) {}), `no release "v99"`)
}
