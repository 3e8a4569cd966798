package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
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
		`{"token":"t"`: "damaged",
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

// TestUnusableTokenOfFile is a token that cannot be a header. It is not printed, and not
// sent.
func TestUnusableTokenOfFile(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	for _, token := range unusableTokens {
		text, err := json.Marshal(map[string]string{"token": token})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(p.file(server.URL), text, 0o600))
		for _, command := range [][]string{{"token"}, {"token", "--json"}, {"whoami"}, {"logout"}} {
			got := p.run(nil, nil, command...)
			require.Equal(t, noSession, got.code, "%q: %s", token, got.stderr)
			require.Contains(t, got.stdout+got.stderr, "damaged")
		}
	}
	server.ExpectCalls(orylogintest.Whoami, 0)
	server.ExpectCalls(orylogintest.Logout, 0)
}

// TestHostileFile is one whose other members steer a terminal.
func TestHostileFile(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	text, err := json.Marshal(map[string]string{"token": "t", "identity_id": steering})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(p.file(server.URL), text, 0o600))
	got := p.run(nil, nil, "token", "--json")
	require.Equal(t, ok, got.code, got.stderr)
	unsteered(t, got.stdout)
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
	require.Equal(t, steering, document["identity_id"], "programs get it all")
}

// TestForeignStore is a folder or a file that somebody else may have made or can change.
// No command uses it, nothing in it is changed, and the user is told what to do.
func TestForeignStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoils func(t *testing.T, p *person, folder, file string)
		says   []string
		mends  bool // a login puts a file of its own in the place
	}{
		"folder that its group can write to": {
			func(t *testing.T, _ *person, folder, _ string) {
				t.Helper()
				require.NoError(t, os.Chmod(folder, 0o770))
			},
			[]string{"ory-login can be written by other users", "chmod go-w"},
			false,
		},
		"folder that all can write to": {
			func(t *testing.T, _ *person, folder, _ string) {
				t.Helper()
				require.NoError(t, os.Chmod(folder, 0o777|os.ModeSticky))
			},
			[]string{"ory-login can be written by other users", "chmod go-w"},
			false,
		},
		"folder that is a link": {
			func(t *testing.T, p *person, folder, _ string) {
				t.Helper()
				require.NoError(t, os.Rename(folder, filepath.Join(p.home, "elsewhere")))
				require.NoError(t, os.Symlink(filepath.Join(p.home, "elsewhere"), folder))
			},
			[]string{"ory-login is a link", "remove it"},
			false,
		},
		"folder that is a link to nothing": {
			func(t *testing.T, p *person, folder, _ string) {
				t.Helper()
				require.NoError(t, os.RemoveAll(folder))
				require.NoError(t, os.Symlink(filepath.Join(p.home, "nowhere"), folder))
			},
			[]string{"ory-login is a link", "remove it"},
			false,
		},
		"folder that is a file": {
			func(t *testing.T, _ *person, folder, _ string) {
				t.Helper()
				require.NoError(t, os.RemoveAll(folder))
				require.NoError(t, os.WriteFile(folder, nil, 0o600))
			},
			[]string{"is not a folder", "remove it"},
			false,
		},
		"folder of another user": {
			func(t *testing.T, _ *person, folder, _ string) {
				t.Helper()
				giveAway(t, folder)
			},
			[]string{"ory-login belongs to another user", "XDG_CONFIG_HOME"},
			false,
		},
		"file that all can write to": {
			func(t *testing.T, _ *person, _, file string) {
				t.Helper()
				require.NoError(t, os.Chmod(file, 0o606))
			},
			[]string{".json can be written by other users", "chmod go-w"},
			true,
		},
		"file that is a link": {
			func(t *testing.T, p *person, _, file string) {
				t.Helper()
				require.NoError(t, os.Rename(file, filepath.Join(p.home, "elsewhere")))
				require.NoError(t, os.Symlink(filepath.Join(p.home, "elsewhere"), file))
			},
			[]string{".json is a link", "remove it"},
			true,
		},
		"file that is a link within the folder": {
			func(t *testing.T, _ *person, folder, file string) {
				t.Helper()
				require.NoError(t, os.Rename(file, filepath.Join(folder, "elsewhere")))
				require.NoError(t, os.Symlink("elsewhere", file))
			},
			[]string{".json is a link", "remove it"},
			true,
		},
		"file that is a pipe": {
			func(t *testing.T, _ *person, _, file string) {
				t.Helper()
				require.NoError(t, os.Remove(file))
				require.NoError(t, syscall.Mkfifo(file, 0o600))
			},
			[]string{"is not a file", "remove it"},
			true,
		},
		"file of another user": {
			func(t *testing.T, _ *person, _, file string) {
				t.Helper()
				giveAway(t, file)
			},
			[]string{".json belongs to another user"},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, p := fake(t), newPerson(t)
			require.Equal(t, ok, p.script(server.URL).code)
			server.ExpectCalls(orylogintest.Submit, 1)
			file := p.file(server.URL)
			c.spoils(t, p, filepath.Dir(file), file)
			refuses := func(args ...string) {
				t.Helper()
				command := p.command(args, "ORY_LOGIN_PASSWORD="+ada.Password)
				out, err := command.CombinedOutput()
				require.Error(t, err)
				require.Equal(t, 1, command.ProcessState.ExitCode(), "%s", out)
				for _, text := range c.says {
					require.Contains(t, string(out), text)
				}
			}
			for _, command := range []string{"token", "whoami", "logout"} {
				refuses(command, "--url", server.URL)
			}
			login := []string{"login", "--url", server.URL, "--identifier", ada.Email}
			if !c.mends {
				refuses(login...)
				refuses("token")
				server.ExpectCalls(orylogintest.Submit, 1)
				return
			}
			require.NoError(t, p.command(login, "ORY_LOGIN_PASSWORD="+ada.Password).Run())
			info, err := os.Lstat(file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode(), "the new one is the user's own")
			p.loggedIn(server.URL, "password")
		})
	}
}

// giveAway gives something to another user, which only root can do.
func giveAway(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a file away")
	}
	require.NoError(t, os.Lchown(path, 65534, 65534))
}

// TestStaleSpelling is a server that is named with the port that goes without saying. Its
// session is the same.
func TestStaleSpelling(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	kept := func(server, token string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(p.file(server)), 0o700))
		require.NoError(t, os.WriteFile(p.file(server), []byte(`{"token":"`+token+`"}`), 0o600))
	}
	kept("https://auth.example.com:443", "stale")
	kept("https://auth.example.com", "valid")
	for _, url := range []string{"https://auth.example.com", "https://auth.example.com:443", "HTTPS://AUTH.example.com:443/"} {
		require.Equal(t, "valid\n", p.run(nil, nil, "token", "--url", url).stdout, url)
	}
	require.Equal(t, "valid\n", p.run(nil, nil, "token").stdout, "there is one server only")
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
	server.ExpectCalls(orylogintest.Submit, 0) // no session that nobody has
}
