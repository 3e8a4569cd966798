package orylogintest_test

import (
	"context"
	"errors"
	"fmt"
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
	case errors.Is(err, orylogin.ErrInvalidCredentials):
		return "wrong e-mail address or password"
	case err != nil:
		return "please try again later"
	default:
		return "welcome"
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
func (t *exampleT) Cleanup(end func())           { t.end = end }
func (*exampleT) Errorf(format string, a ...any) { fmt.Printf(format+"\n", a...) }
func (*exampleT) Fatal(a ...any)                 { panic(fmt.Sprint(a...)) }
func (*exampleT) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
