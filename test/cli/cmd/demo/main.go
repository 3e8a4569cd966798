// Command demo shows a first session with ory-login. It starts a real Ory Kratos and logs a
// user in at a terminal, step by step. It shows no secret.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/cli/clitest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
)

var ada = kratostest.Identity{Email: "ada@example.com", Password: "correct horse battery staple"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		plain.Failure("demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "ory-login-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if _, err := clitest.Build(ctx, folder); err != nil {
		return err
	}
	kratos, err := kratostest.Run(ctx, kratostest.Set("session.whoami.required_aal", "highest_available"))
	if err != nil {
		return err
	}
	defer kratos.Stop()
	if _, err := kratos.CreateIdentity(ctx, ada); err != nil {
		return err
	}
	app, err := kratos.EnrolTOTP(ctx, ada)
	if err != nil {
		return err
	}
	step("A real Ory Kratos serves at %s and knows %s, who has an authenticator app.", kratos.PublicURL, ada.Email)
	return session(ctx, &user{folder: folder, app: app}, kratos.PublicURL)
}

// session types the commands of the session.
func session(ctx context.Context, user *user, server string) error {
	step("Login with a wrong password, from a file, as in a script:")
	if err := os.WriteFile(filepath.Join(user.folder, "guess.txt"), []byte("a wild guess"), 0o600); err != nil {
		return err
	}
	script := "ory-login login --url " + server + " --identifier " + ada.Email + " --secrets guess.txt"
	if err := user.types(ctx, script, 3); err != nil {
		return err
	}
	step("The same at a terminal, where one can try again. What is typed unseen is not shown:")
	code, err := user.app.Code(time.Now())
	if err != nil {
		return err
	}
	err = user.types(ctx, "ory-login login --url "+server, 0,
		answer{"ID: ", ada.Email},
		answer{"Password: ", "a wild guess"},
		answer{"ID: ", ada.Email},
		answer{"Password: ", ada.Password},
		answer{"Authentication code: ", code},
	)
	if err != nil {
		return err
	}
	step("The session token, for curl and scripts; here only how long it is:")
	if err := user.types(ctx, "ory-login token | wc -c", 0); err != nil {
		return err
	}
	step("Whoami with the session token:")
	if err := user.types(ctx, "ory-login whoami", 0); err != nil {
		return err
	}
	return logout(ctx, user, server)
}

// logout logs out and shows that the token is not valid any more.
func logout(ctx context.Context, user *user, server string) error {
	printed, err := user.command(ctx, "ory-login token").Output()
	if err != nil {
		return err
	}
	step("Logout:")
	if err := user.types(ctx, "ory-login logout", 0); err != nil {
		return err
	}
	step("Whoami with that token, asked by the library:")
	client, err := orylogin.New(server)
	if err != nil {
		return err
	}
	_, err = client.Whoami(ctx, orylogin.NewSecret(strings.TrimSpace(string(printed))))
	var refused *orylogin.APIError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("the token still works after the logout: %w", err)
	}
	plain.Println("  error  ", err)
	plain.Println("  reason ", refused.Reason)
	step("Done.")
	return nil
}

// user is a user at a terminal, with a separate home folder.
type user struct {
	folder string // the home folder, which also has ory-login
	app    kratostest.TOTPKey
}

// answer is the user's answer to a question.
type answer struct{ question, text string }

// types types a command and answers its questions. It shows what the user sees.
func (u *user) types(ctx context.Context, line string, code int, answers ...answer) error {
	plain.Println("$", line)
	terminal, err := clitest.Open(u.command(ctx, line), plain.Writer(os.Stdout))
	if err != nil {
		return err
	}
	for _, answer := range answers {
		if err := terminal.Answer(ctx, answer.question, answer.text); err != nil {
			return errors.Join(err, terminal.Close())
		}
	}
	got, err := terminal.Wait()
	if err := errors.Join(err, terminal.Close()); err != nil {
		return err
	}
	if got != code {
		return fmt.Errorf("%s: exit code %d instead of %d", line, got, code)
	}
	if got != 0 {
		plain.Println("  (exit code", got, "as documented)")
	}
	return nil
}

func (u *user) command(ctx context.Context, line string) *exec.Cmd {
	command := exec.CommandContext(ctx, "sh", "-c", line) //nolint:gosec // the line comes from this program
	command.Dir = u.folder
	command.Env = []string{"HOME=" + u.folder, "PATH=" + u.folder + ":" + os.Getenv("PATH")}
	return command
}

func step(format string, args ...any) { plain.Printf("\n"+format+"\n", args...) }
