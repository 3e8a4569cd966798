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

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestMain is the program itself if it has a server.
func TestMain(m *testing.M) {
	if url := os.Getenv("KRATOS_URL"); url != "" {
		if client, err := orylogin.New(url); os.Getenv("TWICE") != "" && err == nil {
			_, _ = logIn(context.Background(), client)
		}
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

// pipe is what the program reads from and writes to if it has no terminal.
type pipe struct {
	t       *testing.T
	server  *orylogintest.Server
	command *exec.Cmd
	in      io.WriteCloser
	out     io.Reader
	screen  strings.Builder
	logs    bytes.Buffer
}

// ada returns a server that knows a person with a password, an app and a backup code.
func ada(t *testing.T, options ...orylogintest.Option) *orylogintest.Server {
	t.Helper()
	server := orylogintest.NewServer(t, options...)
	server.AddIdentity(orylogintest.Identity{
		ID: "ada", Email: email, Password: right, TOTPSecret: app, LookupSecrets: []string{"backup-1"},
	})
	return server
}

// open starts the program for ada, without a terminal.
func open(t *testing.T, options ...orylogintest.Option) *pipe {
	t.Helper()
	return at(t, ada(t, options...))
}

func at(t *testing.T, server *orylogintest.Server) *pipe {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p := &pipe{t: t, server: server, command: exec.CommandContext(ctx, os.Args[0])}
	p.command.Env = append(os.Environ(), "KRATOS_URL="+server.URL)
	p.command.Stderr = &p.logs
	var err error
	p.in, err = p.command.StdinPipe()
	require.NoError(t, err)
	p.out, err = p.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.command.Start())
	return p
}

// answer waits for a question and answers it.
func (p *pipe) answer(question, line string) {
	p.t.Helper()
	p.wait(question)
	p.screen.WriteString("\n")
	_, err := io.WriteString(p.in, line+"\n")
	require.NoError(p.t, err)
}

// mailed waits for the question for a code and returns the newest one.
func (p *pipe) mailed() string {
	p.t.Helper()
	p.wait(another)
	return p.server.Code(email)
}

func (p *pipe) wait(question string) {
	p.t.Helper()
	for one := make([]byte, 1); !strings.HasSuffix(p.screen.String(), question); {
		if _, err := io.ReadFull(p.out, one); err != nil {
			_ = p.command.Wait() // until then, the program writes to the logs
			require.NoError(p.t, err, "%s\n%s", p.screen.String(), p.logs.String())
		}
		p.screen.Write(one)
	}
}

// ends waits for the end of the program, which shows the texts and no secrets.
func (p *pipe) ends(code int, shown ...string) {
	p.t.Helper()
	require.NoError(p.t, p.in.Close())
	rest, err := io.ReadAll(p.out)
	require.NoError(p.t, err)
	_ = p.command.Wait() // the exit code says more
	text := p.screen.String() + string(rest) + p.logs.String()
	require.Equal(p.t, code, p.command.ProcessState.ExitCode(), text)
	for _, want := range shown {
		require.Contains(p.t, text, want)
	}
	p.server.ExpectNoSecrets(text)
}

func TestWrongPasswordAndApp(t *testing.T) {
	t.Parallel()
	p := open(t, orylogintest.WithHighestAAL())
	p.answer("E-mail address: ", email)
	p.answer("Password: ", "a wrong guess")
	p.answer("E-mail address: ", email)
	p.answer("Password: ", right)
	p.answer("1: totp\n2: lookup_secret\nMethod: ", "app")
	p.answer("Method: ", "3")
	p.answer("Method: ", "1")
	p.answer("Code of the app: ", "000000")
	p.answer("Method: ", "1")
	p.answer("Code of the app: ", orylogintest.TOTP(app, time.Now()))
	p.ends(0, "The provided credentials are invalid", "The provided authentication code is invalid", "logged in")
	require.Len(t, p.server.Sessions("ada"), 1)
}

func TestBackupCode(t *testing.T) {
	t.Parallel()
	p := open(t, orylogintest.WithHighestAAL())
	p.answer("E-mail address: ", email)
	p.answer("Password: ", right)
	p.answer("Method: ", "2")
	p.answer("Backup code: ", "backup-1")
	p.ends(0, "logged in")
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	p := open(t, orylogintest.WithHighestAAL())
	p.answer("E-mail address: ", email)
	p.answer("Password: ", right)
	p.ends(1, "EOF")
	require.Empty(t, p.server.Sessions("ada"))
}

func TestMailedCode(t *testing.T) {
	t.Parallel()
	p := open(t, orylogintest.WithCode())
	p.answer("1: code\n2: password\nMethod: ", "1")
	p.answer("E-mail address: ", email)
	p.resends()
	p.server.ExpectCalls(orylogintest.Submit, 4)
}

// TestMailedSecondFactor is mailed when the program asks for it, or with the flow.
func TestMailedSecondFactor(t *testing.T) {
	t.Parallel()
	for release, submissions := range map[orylogintest.Release]int{orylogintest.V1_3: 5, orylogintest.V26_2: 4} {
		server := orylogintest.NewServer(t, orylogintest.WithRelease(release), orylogintest.WithCodeSecondFactor(), orylogintest.WithHighestAAL())
		server.AddIdentity(orylogintest.Identity{Email: email, Password: right})
		p := at(t, server)
		p.answer("E-mail address: ", email)
		p.answer("Password: ", right)
		p.resends()
		server.ExpectCalls(orylogintest.Submit, submissions)
	}
}

// resends has another code sent, and logs in with that one alone.
func (p *pipe) resends() {
	p.t.Helper()
	first := p.mailed()
	p.answer(another, enter)
	second := p.mailed()
	p.answer(another, first)
	p.answer(another, second)
	p.ends(0, "The login code is invalid or has already been used", "logged in")
}

// TestSeveralAddresses asks which of them gets the code.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithCodeSecondFactor(), orylogintest.WithHighestAAL())
	server.AddIdentity(orylogintest.Identity{Email: "eve@example.com", Identifiers: []string{email}, Password: right})
	p := at(t, server)
	p.answer("E-mail address: ", email)
	p.answer("Password: ", right)
	p.answer("1: eve@example.com\n2: "+email+"\nAddress: ", "2")
	p.resends()
}

func TestTooManyTries(t *testing.T) {
	t.Parallel()
	p := open(t, orylogintest.WithCode())
	p.answer("1: code\n2: password\nMethod: ", "1")
	p.answer("E-mail address: ", email)
	for range 6 {
		p.answer(another, "not the code")
	}
	p.ends(1, "outcome=too_many_tries")
}
