package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/cli/clitest"
	"github.com/orylogin/orylogin/test/kratostest"
)

const interrupted = 130

// dialogue is what the program asks ada, and what she answers.
var dialogue = []struct{ question, answer string }{
	{"E-mail address: ", email},
	{"Password: ", right},
	{"Method: ", "1"},
	{"Code of the app: ", "000000"},
	{"Method: ", "2"},
	{"Backup code: ", "backup-1"},
}

// screen is a terminal at which the program runs.
type screen struct {
	*clitest.Terminal
	t      *testing.T
	server *orylogintest.Server
}

// sit starts the program at a terminal and answers questions.
func sit(t *testing.T, answered int) *screen {
	t.Helper()
	server := ada(t, orylogintest.WithHighestAAL())
	terminal := run(t, server.URL)
	for _, step := range dialogue[:answered] {
		require.NoError(t, terminal.Answer(t.Context(), step.question, step.answer))
	}
	return &screen{terminal, t, server}
}

// run starts the program at a terminal.
func run(t *testing.T, url string, variables ...string) *clitest.Terminal {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(append(os.Environ(), "KRATOS_URL="+url), variables...)
	terminal, err := clitest.Open(command, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = terminal.Close() })
	return terminal
}

// ends waits for the end of the program. The terminal is as before, and has shown no secrets.
func (s *screen) ends(code, sessions int) {
	s.t.Helper()
	got, err := s.Wait()
	require.NoError(s.t, err)
	require.Equal(s.t, code, got, s.Screen())
	require.NoError(s.t, s.Echo(s.t.Context()))
	require.NoError(s.t, s.Close())
	require.NotContains(s.t, s.Screen(), "backup-1")
	s.server.ExpectNoSecrets(s.Screen())
	require.Len(s.t, s.server.Sessions("ada"), sessions)
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	s := sit(t, len(dialogue))
	require.NoError(t, s.Expect(t.Context(), "logged in"))
	s.ends(0, 1)
	require.Contains(t, s.Screen(), "E-mail address: "+email)
}

// TestInterrupted interrupts the program at each question, in each way.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]func(*screen) error{
		"Ctrl-C": func(s *screen) error { return s.Press(clitest.CtrlC) },
		"half":   func(s *screen) error { return s.Press("correct" + clitest.CtrlC) },
		"Ctrl-D": func(s *screen) error { return s.Press(clitest.CtrlD) },
		"SIGINT": func(s *screen) error { return s.Signal(os.Interrupt) },
	} {
		for at, step := range dialogue {
			t.Run(name+" at "+step.question, func(t *testing.T) {
				t.Parallel()
				s := sit(t, at)
				require.NoError(t, s.Expect(t.Context(), step.question))
				require.NoError(t, interrupt(s))
				s.ends(interrupted, 0)
			})
		}
	}
}

// TestAskedAgain has a person who gives up, and whom the program asks again.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	server := ada(t)
	terminal := run(t, server.URL, "TWICE=yes")
	require.NoError(t, terminal.Expect(t.Context(), "E-mail address: "))
	require.NoError(t, terminal.Press(clitest.CtrlC))
	for _, step := range dialogue[:2] {
		require.NoError(t, terminal.Answer(t.Context(), step.question, step.answer))
	}
	require.NoError(t, terminal.Expect(t.Context(), "logged in"))
	(&screen{terminal, t, server}).ends(0, 1)
}

// TestInterruptedPassword interrupts the program while Kratos checks the password. Kratos answers
// with a session, and the program revokes it.
func TestInterruptedPassword(t *testing.T) {
	t.Parallel()
	s := sit(t, 1)
	arrived, signaled := make(chan struct{}), make(chan struct{})
	s.server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-signaled
		s.server.ServeHTTP(w, r)
	}))
	require.NoError(t, s.Answer(t.Context(), "Password: ", right))
	<-arrived
	require.NoError(t, s.Signal(os.Interrupt))
	close(signaled)
	s.ends(interrupted, 0)
	s.server.ExpectCalls(orylogintest.Logout, 1)
}

// TestInterruptedRequest interrupts the program while Kratos checks the second factor, and gives no
// answer.
func TestInterruptedRequest(t *testing.T) {
	t.Parallel()
	s := sit(t, 3)
	arrived := make(chan struct{})
	s.server.Handle(orylogintest.Submit, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	require.NoError(t, s.Answer(t.Context(), "Code of the app: ", "000000"))
	<-arrived
	require.NoError(t, s.Signal(os.Interrupt))
	s.ends(interrupted, 0)
}

// TestRealKratos interrupts the program at the second factor, after a login with the second of
// two mailed codes. The logout has no error.
func TestRealKratos(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t,
		kratostest.Set("selfservice.methods.code.passwordless_enabled", true),
		kratostest.Set("session.whoami.required_aal", "highest_available"))
	person, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: email, Password: right})
	require.NoError(t, err)
	_, err = kratos.EnrolTOTP(t.Context(), person)
	require.NoError(t, err)
	terminal := run(t, kratos.PublicURL)
	answer := func(question, line string) {
		t.Helper()
		require.NoError(t, terminal.Answer(t.Context(), question, line))
	}
	answer("1: code\r\n2: password\r\nMethod: ", "1")
	answer("E-mail address: ", email)
	answer(another, enter)
	require.NoError(t, terminal.Expect(t.Context(), another))
	code, err := kratos.Code(t.Context(), email)
	require.NoError(t, err)
	require.NoError(t, terminal.Press(code+clitest.Enter))
	answer("Code of the app: ", "000000")
	require.NoError(t, terminal.Expect(t.Context(), "Code of the app: "))
	require.NoError(t, terminal.Press(clitest.CtrlC))
	exit, err := terminal.Wait()
	require.NoError(t, err)
	require.NoError(t, terminal.Close())
	require.Equal(t, interrupted, exit, terminal.Screen())
	require.Contains(t, terminal.Screen(), `outcome=canceled error="context canceled"`)
}

// TestInterruptedPipe interrupts the program while it waits for a pipe.
func TestInterruptedPipe(t *testing.T) {
	t.Parallel()
	p := open(t, orylogintest.WithHighestAAL())
	p.answer("E-mail address: ", email)
	p.answer("Password: ", right)
	p.wait("Method: ")
	require.NoError(t, p.command.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(p.out) // the pipe to the program stays open until the program ends
	require.NoError(t, err)
	p.screen.Write(rest)
	p.ends(interrupted, "outcome=canceled")
	require.Empty(t, p.server.Sessions("ada"))
}
