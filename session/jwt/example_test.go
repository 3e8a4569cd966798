package jwt_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
)

// exampleT stands for the *testing.T that an example does not have.
type exampleT struct {
	testing.TB
	end func()
}

func (*exampleT) Helper()              {}
func (*exampleT) Failed() bool         { return false }
func (t *exampleT) Cleanup(end func()) { t.end = end }

// The fake signs sessions, too, so that a service can be tested alone.
func ExampleNew() {
	t := &exampleT{} // the *testing.T of your test
	kratos := orylogintest.NewServer(t, orylogintest.WithTemplates(orylogintest.Template{
		Name: "payments", Claims: map[string]any{"aud": "payments", "team": "analysts"},
	}))
	defer t.end()
	kratos.AddIdentity(orylogintest.Identity{ID: "ada", Email: "ada@example.com", Password: "correct horse"})
	client := kratos.Client()

	checker, err := jwt.New(jwt.Config{
		KeysURL:    kratos.KeysURL(),
		Issuer:     kratos.URL + "/",
		Audience:   "payments",
		Algorithms: []string{"ES256"},
	})
	if err != nil {
		log.Fatal(err)
	}
	guard, err := session.NewGuard(client, session.WithChecker(checker))
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	login, err := client.Login(ctx, orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse")})
	if err != nil {
		log.Fatal(err)
	}
	signed, err := client.Whoami(ctx, login.Token, orylogin.WithTokenizeAs("payments"))
	if err != nil {
		log.Fatal(err)
	}

	who, err := guard.Check(ctx, session.TokenCredential(signed.Tokenized)) // Kratos is not asked
	if err != nil {
		log.Fatal(err)
	}
	var own struct {
		Team string `json:"team"`
	}
	if err := jwt.Claims(who, &own); err != nil {
		log.Fatal(err)
	}
	fmt.Println(who.Identity.ID, "of the", own.Team)
	fmt.Println("asked:", who.Document() != nil)
	// Output:
	// ada of the analysts
	// asked: false
}
