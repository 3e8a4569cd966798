package cli

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/cli/clitest"
)

// TestFiles checks that files are only for their owner, whatever the umask and whatever was
// there before.
func TestFiles(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	for range 2 {
		before := p.tokens()
		require.Equal(t, ok, p.script(server.URL).code)
		require.Len(t, p.files(), 1, "nothing is left of the writing")
		for _, token := range before {
			revoked(t, server, token) // others could read this token
		}
		file, err := os.Stat(p.file(server.URL))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), file.Mode())
		folder, err := os.Stat(filepath.Dir(p.file(server.URL)))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), folder.Mode().Perm())
		require.NoError(t, os.Chmod(p.file(server.URL), 0o644)) // the next file has 0600 again
	}
}

// TestServers checks that there is one session for each server.
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

// TestOtherFiles checks that other files in the folder do not count as servers.
func TestOtherFiles(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	require.NoError(t, os.WriteFile(filepath.Join(p.config(), "ory-login", "notes.json"), []byte(`{"token":"of something else"}`), 0o600))
	require.Equal(t, ok, p.run(nil, nil, "whoami").code)
}

// TestAtOnce has many commands that write the same sessions while others read one.
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

// keeps writes the session file for a server.
func (p *person) keeps(server string, members map[string]string) {
	p.t.Helper()
	members["url"] = server
	text, err := json.Marshal(members)
	require.NoError(p.t, err)
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.file(server)), 0o700))
	require.NoError(p.t, os.WriteFile(p.file(server), text, 0o600))
}

// revoked requires that a token is no longer valid.
func revoked(t *testing.T, server *orylogintest.Server, token string) {
	t.Helper()
	_, err := server.Client().Whoami(t.Context(), orylogin.NewSecret(token))
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
}

// TestUnusableFiles has files that cannot be used. A logout removes them, and revokes the
// session if there is a token.
func TestUnusableFiles(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		says string
		code int // of a logout
	}{
		`{"url":"URL","token":"TOKEN","expires_at":"2020-01-01T00:00:00Z"}`: {"expired", ok},
		`{"url":"https://auth.example.com","token":"TOKEN"}`:                {"damaged", noSession},
		`{"url":"URL","token":""}`:                                          {"damaged", noSession},
		`{"url":"URL","token":"TOK`:                                         {"damaged", noSession},
		`{"token":"TOKEN"`:                                                  {"damaged", noSession},
		"":                                                                  {"damaged", noSession},
	} {
		server, p := fake(t), newPerson(t)
		require.Equal(t, ok, p.script(server.URL).code)
		token := p.tokens()[0]
		text = strings.NewReplacer("URL", server.URL, "TOKEN", token).Replace(text)
		require.NoError(t, os.WriteFile(p.file(server.URL), []byte(text), 0o600))
		run := func(code int, args ...string) string {
			command := p.command(append(args, "--url", server.URL))
			out, _ := command.CombinedOutput()
			require.Equal(t, code, command.ProcessState.ExitCode(), "%s: %s", text, out)
			require.NotContains(t, string(out), token)
			return string(out)
		}
		require.Contains(t, run(noSession, "token"), c.says)
		require.Contains(t, run(noSession, "whoami"), c.says)
		said := run(c.code, "logout")
		p.notLoggedIn()
		if c.code == ok {
			revoked(t, server, token)
			continue
		}
		require.Contains(t, said, "was damaged: it is forgotten, and could not be revoked")
		server.ExpectCalls(orylogintest.Logout, 0)
		require.Equal(t, ok, p.script(server.URL).code, "a login mends it")
	}
}

// TestUnusableTokenOfFile has a token that does not fit into a header. It must not be printed
// or sent.
func TestUnusableTokenOfFile(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	for _, token := range unusableTokens {
		for _, command := range [][]string{{"token"}, {"token", "--header"}, {"token", "--json"}, {"whoami"}, {"logout"}} {
			p.keeps(server.URL, map[string]string{"token": token})
			got := p.run(nil, nil, append(command, "--url", server.URL)...)
			require.Equal(t, noSession, got.code, "%q: %s", token, got.stderr)
			require.Contains(t, got.stdout+got.stderr, "damaged")
		}
	}
	server.ExpectCalls(orylogintest.Whoami, 0)
	server.ExpectCalls(orylogintest.Logout, 0)
}

// TestHostileFile has a file with control characters in its other members.
func TestHostileFile(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	p.keeps(server.URL, map[string]string{"token": "t", "identity_id": steering})
	got := p.run(nil, nil, "token", "--json")
	require.Equal(t, ok, got.code, got.stderr)
	unsteered(t, got.stdout)
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document))
	require.Equal(t, steering, document["identity_id"], "programs get it all")
}

// TestForeignStore has a folder or file that another user may have made or can change. No
// command uses it or changes anything in it, and the user is told what to do.
func TestForeignStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoils func(t *testing.T, p *person, folder, file string)
		says   []string
		mends  bool // a login replaces it with its own file
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

// giveAway gives a file or folder to another user. Only root can do that.
func giveAway(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a file away")
	}
	require.NoError(t, os.Lchown(path, 65534, 65534))
}

// TestStaleSpelling names a server with the default port in its URL. The session is the same.
func TestStaleSpelling(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.keeps("https://auth.example.com:443", map[string]string{"token": "stale"})
	p.keeps("https://auth.example.com", map[string]string{"token": "valid"})
	for _, url := range []string{"https://auth.example.com", "https://auth.example.com:443", "HTTPS://AUTH.example.com:443/"} {
		require.Equal(t, "valid\n", p.run(nil, nil, "token", "--url", url).stdout, url)
	}
	require.Equal(t, "valid\n", p.run(nil, nil, "token").stdout, "there is one server only")
}

// TestStoreFails has a login whose session cannot be kept. No session is made, or it is
// revoked.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoils    func(t *testing.T, p *person, file string)
		submitted int
	}{
		"file in place of the folder of the folder": {func(t *testing.T, p *person, _ string) {
			t.Helper()
			require.NoError(t, os.WriteFile(p.config(), nil, 0o600))
		}, 0},
		"folder that cannot be made": {func(t *testing.T, p *person, _ string) {
			t.Helper()
			require.NoError(t, os.Mkdir(p.config(), 0o500))
		}, 0},
		"folder that cannot be written to": {func(t *testing.T, _ *person, file string) {
			t.Helper()
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
			require.NoError(t, os.Chmod(filepath.Dir(file), 0o500))
		}, 0},
		"folder in place of the file": {func(t *testing.T, _ *person, file string) {
			t.Helper()
			require.NoError(t, os.MkdirAll(filepath.Join(file, "x"), 0o700))
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, p := fake(t), newPerson(t)
			c.spoils(t, p, p.file(server.URL))
			command := p.command([]string{"login", "--url", server.URL, "--identifier", ada.Email}, "ORY_LOGIN_PASSWORD="+ada.Password)
			asOrdinaryUser(t, p, command)
			out, err := command.CombinedOutput()
			require.Error(t, err)
			require.Equal(t, 1, command.ProcessState.ExitCode())
			require.Contains(t, string(out), "store the session")
			server.ExpectCalls(orylogintest.Submit, c.submitted)
			server.ExpectCalls(orylogintest.Logout, c.submitted) // no session is left that nobody has
		})
	}
}

// asOrdinaryUser makes the command, and the person's home, those of a user for whom the modes of
// files count. For root, they do not.
func asOrdinaryUser(t *testing.T, p *person, command *exec.Cmd) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	require.NoError(t, filepath.WalkDir(p.home, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	}))
	for _, folder := range []string{binaryDir, filepath.Dir(p.home)} {
		require.NoError(t, os.Chmod(folder, 0o755))
	}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// TestFirstFactorAlone has a login that ends before its second factor. Its session is revoked.
func TestFirstFactorAlone(t *testing.T) {
	t.Parallel()
	server, p := orylogintest.NewServer(t, orylogintest.WithHighestAAL()), newPerson(t)
	server.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password, TOTPSecret: "JBSWY3DPEHPK3PXP"})
	require.Equal(t, more, p.script(server.URL).code)
	server.ExpectCalls(orylogintest.Logout, 1)
	login := p.at("login", "--url", server.URL)
	login.answer("ID: ", ada.Email)
	login.answer("Password: ", ada.Password)
	login.expect("Authentication code: ")
	login.press(clitest.CtrlC)
	login.ends(interrupted)
	server.ExpectCalls(orylogintest.Logout, 2)
	p.notLoggedIn()
}

// TestSecondLogin checks that a second login replaces the session of the first and revokes it.
func TestSecondLogin(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	first := p.tokens()[0]
	require.Equal(t, refused, p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + wrongPassword}, "login", "--url", server.URL, "--identifier", ada.Email).code)
	require.Equal(t, []string{first}, p.tokens())
	server.ExpectCalls(orylogintest.Logout, 0)
	require.Equal(t, ok, p.script(server.URL).code)
	revoked(t, server, first)
	p.loggedIn(server.URL, "password")

	server.Cut(orylogintest.Logout)
	got := p.script(server.URL)
	require.Equal(t, ok, got.code)
	require.Contains(t, got.stderr, "The previous session could not be revoked.")
	p.loggedIn(server.URL, "password")
}

// TestLogoutDuringLogin checks that a logout revokes the session that it has read, and leaves
// the new one.
func TestLogoutDuringLogin(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	first := p.tokens()[0]
	began, goesOn := make(chan struct{}), make(chan struct{})
	server.Handle(orylogintest.Logout, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-goesOn
		w.WriteHeader(http.StatusNoContent)
	}))
	logout := p.command([]string{"logout"})
	require.NoError(t, logout.Start())
	<-began
	server.Handle(orylogintest.Logout, nil)
	require.Equal(t, ok, p.script(server.URL).code)
	close(goesOn)
	require.NoError(t, logout.Wait())
	revoked(t, server, first)
	p.loggedIn(server.URL, "password")
}

// TestLongURL has a server whose URL is longer than a file name can be.
func TestLongURL(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	path := "/" + strings.Repeat("x", 300)
	front := httptest.NewServer(http.StripPrefix(path, server))
	t.Cleanup(front.Close)
	require.Equal(t, ok, p.script(front.URL+path).code)
	require.Equal(t, ok, p.run(nil, nil, "whoami").code)
	p.loggedIn(front.URL+path, "password")
	require.Equal(t, ok, p.run(nil, nil, "logout").code)
	p.notLoggedIn()
}

// TestLeftovers checks that a login removes temporary files of killed programs, but not a file
// that is being written.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	folder := filepath.Dir(p.file(server.URL))
	old, young := filepath.Join(folder, ".session-OLD"), filepath.Join(folder, ".session-YOUNG")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	for _, path := range []string{old, young} {
		require.NoError(t, os.WriteFile(path, []byte(`{"token":"t`), 0o600))
	}
	require.NoError(t, os.Chtimes(old, time.Time{}, time.Now().Add(-time.Hour)))
	require.NoError(t, p.command([]string{"login", "--url", server.URL, "--identifier", ada.Email}, "ORY_LOGIN_PASSWORD="+ada.Password).Run())
	require.NoFileExists(t, old)
	require.FileExists(t, young)
	require.NoError(t, os.Remove(young))
	p.loggedIn(server.URL, "password")
}

// TestExposedFile has a file that others could read. It is not used, and a logout revokes its
// session.
func TestExposedFile(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604} {
		server, p := fake(t), newPerson(t)
		require.Equal(t, ok, p.script(server.URL).code)
		token := p.tokens()[0]
		require.NoError(t, os.Chmod(p.file(server.URL), mode))
		for _, command := range [][]string{{"token"}, {"token", "--header"}, {"token", "--json"}, {"whoami"}} {
			got := p.run(nil, nil, command...)
			require.Equal(t, 1, got.code, got.stderr)
			require.Contains(t, got.stdout+got.stderr, "other users can read the stored session")
			require.Contains(t, got.stdout+got.stderr, "log in again")
			p.discreet(got.stdout)
		}
		require.Equal(t, ok, p.run(nil, nil, "logout").code)
		revoked(t, server, token)
		p.notLoggedIn()
	}
}

// TestTokenHeader prints a header in the form that curl reads.
func TestTokenHeader(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	require.Equal(t, result{code: ok, stdout: "X-Session-Token: " + p.tokens()[0] + "\n"}, p.run(nil, nil, "token", "--header"))
	require.Equal(t, usage, p.run(nil, nil, "token", "--header", "--json").code)
}
