package test

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/postgrestest"
	"github.com/orylogin/orylogin/test/providertest"
)

const (
	failure  = "58030" // a SQLSTATE: the database cannot read or write
	conflict = "40001" // something else was changed at the same time, as CockroachDB says
)

// aside are statements that do not belong to a call. Kratos uses them to check a connection, or
// to read parts of an account or a session, in no fixed order.
var aside = regexp.MustCompile(`(?i)^(;|--|SELECT .* FROM "?(session_devices|identity_verifiable_addresses|identity_recovery_addresses))`)

// storage is a Kratos with a database that refuses single statements.
type storage struct {
	*testing.T

	kratos       *kratostest.Server
	client       *orylogin.Client
	database     *postgrestest.Database
	gate         *postgrestest.Gate
	provider     *providertest.Provider
	key, passkey *key
	now          func() orylogin.TOTP
	secrets      []string // lookup secrets
	accounts     int
}

func startStorage(t *testing.T) *storage {
	t.Helper()
	s := &storage{T: t, database: postgrestest.Start(t), provider: providertest.Start(t, "new@example.com")}
	s.gate = s.database.StartGate(t, aside)
	s.kratos, s.client = start(t, s.provider.Settings(append(securityKeys(true), passwordless,
		kratostest.Set("dsn", s.gate.DSN()), kratostest.Set("selfservice.methods.passkey.enabled", true))...)...)
	s.key = enrol(t, s.kratos, "webauthn", "webauthn_register_trigger", "webauthn_register")
	s.passkey = enrol(t, s.kratos, "passkey", "passkey_create_data", "passkey_settings_register")
	return s
}

func (s *storage) query(statement string) string {
	s.Helper()
	rows, err := s.database.Query(s.Context(), statement)
	require.NoError(s, err)
	return rows[0]
}

// attempt is a call, and a whoami that works after it if the call was a login.
type attempt struct {
	call   func() string // returns what the caller was told
	whoami func() error  // nil if the call is no login
}

func callOf(call func() error) attempt { return attempt{call: func() string { return told(call()) }} }

// fault is a statement of an attempt that the database refuses, or all statements from that one
// on.
type fault struct {
	state   string
	number  int
	onwards bool
}

// under makes the attempt with the fault, and again without it. It returns what the callers
// were told, and the statements. It also reports a second call with an unusual result, and a
// session that is stored although nobody was told about it.
func (s *storage) under(f fault, begin func(*storage) attempt, usual string, statements []string) (string, []string) {
	s.Helper()
	attempt, sessions := begin(s), ""
	const count = "SELECT count(*) FROM sessions"
	mayStore := slices.ContainsFunc(statements[:min(f.number, len(statements))], func(statement string) bool {
		return strings.HasPrefix(statement, `INSERT INTO "sessions"`)
	})
	if mayStore {
		sessions = s.query(count)
	}
	s.gate.Refuse(f.state, f.number, f.onwards)
	answer := attempt.call()
	came := s.gate.Open()
	if answer == "ok" && attempt.whoami != nil {
		require.NoError(s, attempt.whoami(), "the session of a login is lost")
	}
	if answer == usual || usual == "" {
		return answer, came
	}
	if mayStore && sessions != s.query(count) {
		answer += " stored"
	}
	after := attempt.call()
	if after == "ok" && attempt.whoami != nil {
		require.NoError(s, attempt.whoami(), "the session of a second login is lost")
	}
	if after != usual {
		answer += ", then " + after
	}
	return answer, came
}

// expect makes the attempt with each of its statements refused. It compares what callers were
// told with what was expected: first the usual result, and then the others in alphabetical
// order.
func (s *storage) expect(name, want string, f fault, begin func(*storage) attempt) {
	s.Helper()
	f.number = 1e6 // none
	usual, statements := s.under(f, begin, "", nil)
	others := map[string][]int{}
	for i := range statements {
		f.number = i + 1
		answer, _ := s.under(f, begin, usual, statements)
		others[answer] = append(others[answer], f.number)
	}
	delete(others, usual)
	got := strings.Join(append([]string{usual}, slices.Sorted(maps.Keys(others))...), "; ")
	if got != want {
		s.Logf("%s: %v of\n%s", name, others, strings.Join(statements, "\n"))
	}
	same(s.T, name, want, got)
}

// entry is a flow of a user, with the functions that continue it.
type entry struct {
	*storage

	flow   *orylogin.Flow
	submit func(fields map[string]string) (*orylogin.Login, error)
	fetch  func() (*orylogin.Flow, error)
	whoami func(*orylogin.Login) error
}

// native is a flow of a program.
func (s *storage) native(options orylogin.FlowOptions, opts ...orylogin.CallOption) entry {
	s.Helper()
	flow, err := s.client.CreateFlow(s.Context(), options, opts...)
	require.NoError(s, err)
	return entry{
		s, flow,
		func(fields map[string]string) (*orylogin.Login, error) {
			return s.client.Submit(s.Context(), flow.ID, custom(s.T, fields), opts...)
		},
		func() (*orylogin.Flow, error) { return s.client.GetFlow(s.Context(), flow.ID) },
		func(login *orylogin.Login) error { _, err := s.client.Whoami(s.Context(), login.Token); return err },
	}
}

// open is a flow of a browser, which submits JSON or a form.
func (s *storage) open(p *person, options orylogin.FlowOptions, form bool) entry {
	s.Helper()
	flow := p.create(options)
	return entry{
		s, flow,
		func(fields map[string]string) (*orylogin.Login, error) {
			if form {
				return p.submitForm(flow, fields)
			}
			return p.submit(flow, custom(s.T, fields))
		},
		func() (*orylogin.Flow, error) {
			var fetched *orylogin.Flow
			var err error
			p.visit(func(v *orylogin.Visit) { fetched, err = v.GetFlow(s.Context(), flow.ID) })
			return fetched, err
		},
		func(*orylogin.Login) error { _, err := p.whoami(); return err },
	}
}

// token returns the token of a new session of ada's, which may owe a second factor.
func (s *storage) token() orylogin.Secret {
	s.Helper()
	login, err := s.client.Login(s.Context(), asAda)
	var owed *orylogin.SecondFactorError
	if errors.As(err, &owed) {
		return owed.Token
	}
	require.NoError(s, err)
	return login.Token
}

// browser returns a browser with a new session of ada's, which may owe a second factor.
func (s *storage) browser() *person {
	s.Helper()
	p := newPerson(s.T, s.client)
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	if orylogin.OutcomeOf(err) != orylogin.OutcomeSecondFactor {
		require.NoError(s, err)
	}
	return p
}

// entries are the flows of a user who is not signed in, and of a user who is.
var entries = map[string]func(*storage, orylogin.FlowOptions) entry{
	"native": func(s *storage, options orylogin.FlowOptions) entry { return s.native(options) },
	"json": func(s *storage, options orylogin.FlowOptions) entry {
		return s.open(newPerson(s.T, s.client), options, false)
	},
	"form": func(s *storage, options orylogin.FlowOptions) entry {
		return s.open(newPerson(s.T, s.client), options, true)
	},
	"native, signed in": func(s *storage, options orylogin.FlowOptions) entry {
		return s.native(options, orylogin.WithSessionToken(s.token()))
	},
	"json, signed in": func(s *storage, options orylogin.FlowOptions) entry { return s.open(s.browser(), options, false) },
	"form, signed in": func(s *storage, options orylogin.FlowOptions) entry { return s.open(s.browser(), options, true) },
}
