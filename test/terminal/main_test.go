package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
)

// TestMain is the program itself if it has a server.
func TestMain(m *testing.M) {
	if os.Getenv("KRATOS_URL") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const (
	email   = "ada@example.com"
	right   = "correct horse battery"
	app     = "JBSWY3DPEHPK3PXP"
	enter   = ""
	another = "Mailed code (Enter: send another): "
)

// terminal is one at which the program runs.
type terminal struct {
	t       *testing.T
	server  *orylogintest.Server
	command *exec.Cmd
	in      io.WriteCloser
	out     io.Reader
	screen  strings.Builder
	logs    bytes.Buffer
}

// open starts the program for a person with a password, an app and a backup code.
func open(t *testing.T, options ...orylogintest.Option) *terminal {
	t.Helper()
	server := orylogintest.NewServer(t, options...)
	server.AddIdentity(orylogintest.Identity{
		ID: "ada", Email: email, Password: right, TOTPSecret: app, LookupSecrets: []string{"backup-1"},
	})
	return at(t, server)
}

func at(t *testing.T, server *orylogintest.Server) *terminal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	tty := &terminal{t: t, server: server, command: exec.CommandContext(ctx, os.Args[0])}
	tty.command.Env = append(os.Environ(), "KRATOS_URL="+server.URL)
	tty.command.Stderr = &tty.logs
	var err error
	tty.in, err = tty.command.StdinPipe()
	require.NoError(t, err)
	tty.out, err = tty.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, tty.command.Start())
	return tty
}

// answer waits for a question and answers it.
func (tty *terminal) answer(question, line string) {
	tty.t.Helper()
	tty.wait(question)
	tty.screen.WriteString("\n")
	_, err := io.WriteString(tty.in, line+"\n")
	require.NoError(tty.t, err)
}

// mailed waits for the question for a code and returns the newest one.
func (tty *terminal) mailed() string {
	tty.t.Helper()
	tty.wait(another)
	return tty.server.Code(email)
}

func (tty *terminal) wait(question string) {
	tty.t.Helper()
	for one := make([]byte, 1); !strings.HasSuffix(tty.screen.String(), question); {
		if _, err := io.ReadFull(tty.out, one); err != nil {
			_ = tty.command.Wait() // until then, the program writes to the logs
			require.NoError(tty.t, err, "%s\n%s", tty.screen.String(), tty.logs.String())
		}
		tty.screen.Write(one)
	}
}

// ends waits for the end of the program, which shows the texts and no secrets.
func (tty *terminal) ends(code int, shown ...string) {
	tty.t.Helper()
	require.NoError(tty.t, tty.in.Close())
	rest, err := io.ReadAll(tty.out)
	require.NoError(tty.t, err)
	_ = tty.command.Wait() // the exit code says more
	text := tty.screen.String() + string(rest) + tty.logs.String()
	require.Equal(tty.t, code, tty.command.ProcessState.ExitCode(), text)
	for _, want := range shown {
		require.Contains(tty.t, text, want)
	}
	tty.server.ExpectNoSecrets(text)
}

func TestWrongPasswordAndApp(t *testing.T) {
	t.Parallel()
	tty := open(t, orylogintest.WithHighestAAL())
	tty.answer("E-mail address: ", email)
	tty.answer("Password: ", "a wrong guess")
	tty.answer("E-mail address: ", email)
	tty.answer("Password: ", right)
	tty.answer("Method (totp, lookup_secret): ", "app")
	tty.answer("Method (totp, lookup_secret): ", "totp")
	tty.answer("Code of the app: ", "000000")
	tty.answer("Method (totp, lookup_secret): ", "totp")
	tty.answer("Code of the app: ", orylogintest.TOTP(app, time.Now()))
	tty.ends(0, "The provided credentials are invalid", "The provided authentication code is invalid", "logged in")
	require.Len(t, tty.server.Sessions("ada"), 1)
}

func TestBackupCode(t *testing.T) {
	t.Parallel()
	tty := open(t, orylogintest.WithHighestAAL())
	tty.answer("E-mail address: ", email)
	tty.answer("Password: ", right)
	tty.answer("Method (totp, lookup_secret): ", "lookup_secret")
	tty.answer("Backup code: ", "backup-1")
	tty.ends(0, "logged in")
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	tty := open(t, orylogintest.WithHighestAAL())
	tty.answer("E-mail address: ", email)
	tty.answer("Password: ", right)
	tty.ends(1, "EOF")
	require.Empty(t, tty.server.Sessions("ada"))
}

func TestMailedCode(t *testing.T) {
	t.Parallel()
	tty := open(t, orylogintest.WithCode())
	tty.answer("Method (code, password): ", "code")
	tty.answer("E-mail address: ", email)
	tty.resends()
	tty.server.ExpectCalls(orylogintest.Submit, 4)
}

// TestMailedSecondFactor is mailed when the program asks for it, or with the flow.
func TestMailedSecondFactor(t *testing.T) {
	t.Parallel()
	for release, submissions := range map[orylogintest.Release]int{orylogintest.V1_3: 5, orylogintest.V26_2: 4} {
		server := orylogintest.NewServer(t, orylogintest.WithRelease(release), orylogintest.WithCodeSecondFactor(), orylogintest.WithHighestAAL())
		server.AddIdentity(orylogintest.Identity{Email: email, Password: right})
		tty := at(t, server)
		tty.answer("E-mail address: ", email)
		tty.answer("Password: ", right)
		tty.resends()
		server.ExpectCalls(orylogintest.Submit, submissions)
	}
}

// resends has another code sent, and logs in with that one alone.
func (tty *terminal) resends() {
	tty.t.Helper()
	first := tty.mailed()
	tty.answer(another, enter)
	second := tty.mailed()
	tty.answer(another, first)
	tty.answer(another, second)
	tty.ends(0, "The login code is invalid or has already been used", "logged in")
}

// TestSeveralAddresses asks which of them gets the code.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithCodeSecondFactor(), orylogintest.WithHighestAAL())
	server.AddIdentity(orylogintest.Identity{Email: "eve@example.com", Identifiers: []string{email}, Password: right})
	tty := at(t, server)
	tty.answer("E-mail address: ", email)
	tty.answer("Password: ", right)
	tty.answer("Address (eve@example.com, "+email+"): ", email)
	tty.resends()
}

func TestTooManyTries(t *testing.T) {
	t.Parallel()
	tty := open(t, orylogintest.WithCode())
	tty.answer("Method (code, password): ", "code")
	tty.answer("E-mail address: ", email)
	for range 6 {
		tty.answer(another, "not the code")
	}
	tty.ends(1, "outcome=too_many_tries")
}
