// Command demo logs a user in to a real Ory Kratos, step by step.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

const email = "ada@example.com"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	password := orylogin.NewSecret("correct horse battery staple")
	kratos, err := kratostest.Run(ctx)
	if err != nil {
		return err
	}
	defer kratos.Stop()
	_, err = kratos.CreateIdentity(ctx, kratostest.Identity{Email: email, Password: password.Reveal()})
	if err != nil {
		return err
	}
	step("A real Ory Kratos serves at %s and knows %s.", kratos.PublicURL, email)

	client, err := orylogin.New(kratos.PublicURL)
	if err != nil {
		return err
	}
	if err := wrongPassword(ctx, client); err != nil {
		return err
	}
	token, err := login(ctx, client, password)
	if err != nil {
		return err
	}
	return logout(ctx, client, token)
}

// wrongPassword shows how a refused login is told apart from other errors.
func wrongPassword(ctx context.Context, client *orylogin.Client) error {
	step("Login with a wrong password:")
	_, err := client.Login(ctx, orylogin.Password{Identifier: email, Password: orylogin.NewSecret("a wild guess")})
	var refused *orylogin.ValidationError
	if !errors.Is(err, orylogin.ErrInvalidCredentials) || !errors.As(err, &refused) {
		return fmt.Errorf("a wrong password was not refused as such: %w", err)
	}
	show("error", err)
	show("type", fmt.Sprintf("%T", err))
	show("HTTP status", refused.StatusCode)
	show("can continue", refused.CanContinue())
	for _, message := range refused.Flow.Messages() {
		show("message for the user", message.Text)
	}
	return nil
}

// login shows a login and the session that it leads to.
func login(ctx context.Context, client *orylogin.Client, password orylogin.Secret) (orylogin.Secret, error) {
	credentials := orylogin.Password{Identifier: email, Password: password}
	step("Login with the right password, as %+v:", credentials)
	login, err := client.Login(ctx, credentials)
	if err != nil {
		return orylogin.Secret{}, err
	}
	show("session token", login.Token)
	show("session", login.Session.ID)
	show("identity", string(login.Session.Identity.Traits))
	show("assurance level", login.Session.AuthenticatorAssuranceLevel)

	step("Whoami with the session token:")
	session, err := client.Whoami(ctx, login.Token)
	if err != nil {
		return orylogin.Secret{}, err
	}
	if session.ID != login.Session.ID {
		return orylogin.Secret{}, errors.New("whoami returned another session than the login")
	}
	show("session", session.ID)
	show("expires", session.ExpiresAt)
	return login.Token, nil
}

// logout shows that a token is worth nothing after it.
func logout(ctx context.Context, client *orylogin.Client, token orylogin.Secret) error {
	step("Logout, then whoami with the same token:")
	if err := client.Logout(ctx, token); err != nil {
		return err
	}
	_, err := client.Whoami(ctx, token)
	var refused *orylogin.APIError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("the token still works after the logout: %w", err)
	}
	show("error", err)
	show("reason", refused.Reason)
	step("Done.")
	return nil
}

func step(format string, args ...any) { fmt.Printf("\n"+format+"\n", args...) }

func show(name string, value any) { fmt.Printf("  %-21s %v\n", name, value) }
