package orylogintest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// witness is a testing.TB that can fail without failing the test around it.
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

// failure returns the text with which a call fails its test.
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
	for _, test := range []struct {
		call func(*orylogintest.Server)
		text string
	}{
		{func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{}) }, "no e-mail address and no identifiers"},
		{func(s *orylogintest.Server) { s.AddIdentity(ada); s.AddIdentity(ada) }, "an identity ada@example.com already"},
		{func(s *orylogintest.Server) {
			s.AddIdentity(orylogintest.Identity{ID: "one", Email: "one@example.com"})
			s.AddIdentity(orylogintest.Identity{ID: "one", Email: "two@example.com"})
		}, `an identity with the ID "one" already`},
		{func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{Email: "x@y", TOTPSecret: "!"}) }, "not base32"},
		{func(s *orylogintest.Server) {
			s.AddIdentity(orylogintest.Identity{Email: "x@y", Providers: []string{"gitlab"}})
		}, `no provider "gitlab": see WithProviders`},
		{func(s *orylogintest.Server) {
			s.AddIdentity(orylogintest.Identity{Identifiers: []string{"ada"}})
			s.AddIdentity(orylogintest.Identity{Email: "x@y", Identifiers: []string{"Ada"}})
		}, "an identity Ada already"},
		{func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{Email: "x@y", Traits: "text"}) }, `the Traits are not a JSON object: "text"`},
		{func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{Email: "x@y", Traits: func() {}}) }, "the Traits are not a JSON object"},
		{func(s *orylogintest.Server) {
			s.AddIdentity(orylogintest.Identity{Email: "x@y", MetadataPublic: func() {}})
		}, "the MetadataPublic cannot be marshalled"},
		{func(s *orylogintest.Server) { s.SignIn("unknown") }, `no identity with the ID "unknown"`},
		{func(s *orylogintest.Server) {
			s.SignIn(s.AddIdentity(orylogintest.Identity{Email: "x@y"}).ID, "pasword")
		}, `no session of v1.3 has the method "pasword"`},
		{func(s *orylogintest.Server) { s.Sessions("unknown") }, `no identity with the ID "unknown"`},
		{func(s *orylogintest.Server) { s.SendCode("unknown", "x@y") }, `no flow "unknown"`},
		{func(s *orylogintest.Server) { s.SetDisabled("unknown", true) }, `no identity with the ID "unknown"`},
		{func(s *orylogintest.Server) { s.ExpireSessions("unknown") }, `no identity with the ID "unknown"`},
		{func(s *orylogintest.Server) { s.ExpireFlow("unknown") }, `no flow "unknown"`},
		{func(s *orylogintest.Server) { s.AddIdentity(ada); s.Code(ada.Email) }, "no code was mailed to ada@example.com"},
		{func(s *orylogintest.Server) { s.ExpireCode("nobody") }, "no code was mailed to nobody"},
		{func(s *orylogintest.Server) { s.Handle("unknown", nil) }, `no operation "unknown"`},
		{func(s *orylogintest.Server) { s.Respond("unknown", 503, "") }, `no operation "unknown"`},
		{func(s *orylogintest.Server) { s.Cut("unknown") }, `no operation "unknown"`},
		{func(s *orylogintest.Server) { s.Delay("unknown", 0) }, `no operation "unknown"`},
		{func(s *orylogintest.Server) { s.Requests("unknown") }, `no operation "unknown"`},
		{func(s *orylogintest.Server) { s.ExpectCalls("unknown", 0) }, `no operation "unknown"`},
		{func(s *orylogintest.Server) { s.Client(orylogin.WithTimeout(-1)) }, "WithTimeout"},
	} {
		assert.Contains(t, failure(t, nil, test.call), test.text)
	}
	options := []orylogintest.Option{orylogintest.WithRelease("v99")}
	assert.Contains(t, failure(t, options, func(*orylogintest.Server) {}), `no release "v99"`)
}
