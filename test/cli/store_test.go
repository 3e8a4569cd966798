package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFiles are for their owner alone, whatever the umask and whatever was there.
func TestFiles(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	for range 2 {
		require.Equal(t, ok, p.script(server.URL).code)
		require.Len(t, p.files(), 1, "nothing is left of the writing")
		file, err := os.Stat(p.file(server.URL))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), file.Mode())
		folder, err := os.Stat(filepath.Dir(p.file(server.URL)))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), folder.Mode().Perm())
		require.NoError(t, os.Chmod(p.file(server.URL), 0o644)) // the next one is 0600 all the same
	}
}

// TestServers keeps a session for each.
func TestServers(t *testing.T) {
	t.Parallel()
	one, two, p := fake(t), fake(t), newPerson(t)
	require.Equal(t, ok, p.script(one.URL).code)
	require.Equal(t, ok, p.script(strings.ToUpper(one.URL[:4])+one.URL[4:]+"/").code, "the same server")
	require.Len(t, p.tokens(), 1)
	p.loggedIn(one.URL, "password")
	require.Equal(t, ok, p.run(nil, nil, "whoami").code)

	require.Equal(t, ok, p.script(two.URL).code)
	got := p.run(nil, nil, "whoami")
	require.Equal(t, usage, got.code)
	require.Contains(t, got.stderr, one.URL)
	require.Contains(t, got.stderr, two.URL)

	require.Equal(t, ok, p.run(nil, nil, "logout", "--url", one.URL+"/").code)
	p.loggedIn(two.URL, "password")
	require.Equal(t, ok, p.run(nil, nil, "whoami").code)
}

// TestOtherFiles in the folder are no servers.
func TestOtherFiles(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	require.NoError(t, os.WriteFile(filepath.Join(p.config(), "ory-login", "notes.json"), []byte(`{"token":"of something else"}`), 0o600))
	require.Equal(t, ok, p.run(nil, nil, "whoami").code)
}

// TestAtOnce has many runs write the same sessions and others read one.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	one, two, p := fake(t), fake(t), newPerson(t)
	require.Equal(t, ok, p.script(one.URL).code)
	var runs []*exec.Cmd
	for range 6 {
		for _, server := range []string{one.URL, two.URL} {
			runs = append(runs, p.command([]string{"login", "--url", server, "--identifier", ada.Email}, "ORY_LOGIN_PASSWORD="+ada.Password))
		}
		runs = append(runs, p.command([]string{"token", "--url", one.URL}))
	}
	for _, run := range runs {
		require.NoError(t, run.Start())
	}
	for _, run := range runs {
		require.NoError(t, run.Wait())
	}
	require.Len(t, p.files(), 2)
	p.loggedIn(one.URL, "password")
	p.loggedIn(two.URL, "password")
}

// TestUnusableFiles are no session.
func TestUnusableFiles(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	for text, says := range map[string]string{
		`{"token":"t","expires_at":"2020-01-01T00:00:00Z"}`: "expired",
		`{"token":""}`: "damaged",
		`{"token":"t`:  "damaged",
	} {
		require.NoError(t, os.WriteFile(p.file(server.URL), []byte(text), 0o600))
		command := p.command([]string{"token"})
		out, err := command.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, noSession, command.ProcessState.ExitCode())
		require.Contains(t, string(out), says)
	}
	require.Equal(t, ok, p.script(server.URL).code, "a login mends it")
}

// TestStoreFails is a login whose session cannot be kept.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.NoError(t, os.WriteFile(p.config(), nil, 0o600)) // in place of the folder
	command := p.command([]string{"login", "--url", server.URL, "--identifier", ada.Email}, "ORY_LOGIN_PASSWORD="+ada.Password)
	out, err := command.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, 1, command.ProcessState.ExitCode())
	require.Contains(t, string(out), "store the session")
}
