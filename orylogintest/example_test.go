package orylogintest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"testing"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// signIn is what is tested: the part of a service that users log in with.
func signIn(client *orylogin.Client, email, password string) string {
	_, err := client.Login(context.Background(), orylogin.Password{
		Identifier: email, Password: orylogin.NewSecret(password),
	})
	switch {
	case err == nil:
		return "welcome"
	case errors.Is(err, orylogin.ErrInvalidCredentials):
		return "wrong e-mail address or password"
	default:
		return "please try again later"
	}
}

func Example() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t) // t is the *testing.T of your test
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	client := server.Client()

	fmt.Println(signIn(client, "ada@example.com", "correct horse"))
	fmt.Println(signIn(client, "ada@example.com", "a guess"))

	server.Respond(orylogintest.Submit, http.StatusBadGateway, "<html>out of order</html>")
	fmt.Println(signIn(client, "ada@example.com", "correct horse"))

	server.ExpectCalls(orylogintest.Submit, 3)
	// Output:
	// welcome
	// wrong e-mail address or password
	// please try again later
}

// A handler can break the first request of an operation and leave the others to the
// server.
func ExampleServer_Handle() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t) // t is the *testing.T of your test
	server.AddIdentity(orylogintest.Identity{Email: "grace@example.com", Password: "battery staple"})
	broken := true
	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			broken = false
			http.Error(w, "no database", http.StatusInternalServerError)
			return
		}
		server.ServeHTTP(w, r)
	}))

	fmt.Println(signIn(server.Client(), "grace@example.com", "battery staple"))
	fmt.Println(signIn(server.Client(), "grace@example.com", "battery staple"))
	// Output:
	// please try again later
	// welcome
}

// What a program has logged must not hold a password, a code or a token.
func ExampleServer_ExpectNoSecrets() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})

	var logs bytes.Buffer
	logger := log.New(&logs, "", 0)
	login, err := server.Client().Login(context.Background(), orylogin.Password{
		Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse"),
	})
	logger.Printf("%+v %v", login, err)
	server.ExpectNoSecrets(logs.String())

	logger.Print(login.Token.Reveal())
	server.ExpectNoSecrets(logs.String())
	// Output: orylogintest: the text holds secrets: a session token
}

// newT stands for the *testing.T that an example does not have.
func newT() (testing.TB, func()) {
	t := &exampleT{}
	return t, func() { t.end() }
}

type exampleT struct {
	testing.TB
	end func()
}

func (*exampleT) Helper()                        {}
func (*exampleT) Failed() bool                   { return false }
func (t *exampleT) Cleanup(end func())           { t.end = end }
func (*exampleT) Errorf(format string, a ...any) { fmt.Printf(format+"\n", a...) }
func (*exampleT) Fatal(a ...any)                 { panic(fmt.Sprint(a...)) }
func (*exampleT) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
