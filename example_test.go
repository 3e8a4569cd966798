package orylogin_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestReadme holds that the quick start in the README is the example that is
// tested here.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "## Quick start\n\n```go\n")
	require.True(t, found)
	quickStart, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	indented := strings.ReplaceAll("\t"+quickStart, "\n", "\n\t")
	require.Contains(t, string(example), strings.TrimSuffix(indented, "\t"))
}

func ExampleClient_Login() {
	client, err := orylogin.New(kratosURL, orylogin.WithPlainHTTP()) // WithPlainHTTP: only where https is not used
	if err != nil {
		log.Fatal(err)
	}
	login, err := client.Login(context.Background(), orylogin.Password{
		Identifier: "ada@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	switch {
	case errors.Is(err, orylogin.ErrInvalidCredentials):
		fmt.Println("wrong e-mail address or password")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println("logged in as", login.Session.Identity.ID)
	}
	// Output: logged in as 695dfd80-bbae-4691-a01a-fae1924766ec
}

// A submission can need an answer of its own: here the server wants a second
// factor, which the caller adds to the session.
func ExampleClient_Submit() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Login(ctx, orylogin.Password{
		Identifier: "grace@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	var owed *orylogin.SecondFactorError
	if !errors.As(err, &owed) {
		log.Fatal("no second factor asked for: ", err)
	}
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(owed.Token))
	if err != nil {
		log.Fatal(err)
	}
	login, err := client.Submit(ctx, flow.ID, orylogin.TOTP{Code: orylogin.NewSecret("123456")},
		orylogin.WithSessionToken(owed.Token))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("assurance level:", login.Session.AuthenticatorAssuranceLevel)
	// Output: assurance level: aal2
}

// Every error of an answer is or wraps an APIError with the HTTP status.
func ExampleAPIError() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Whoami(context.Background(), orylogin.NewSecret("a token from elsewhere"))
	var apiErr *orylogin.APIError
	if errors.As(err, &apiErr) {
		fmt.Println(apiErr.StatusCode, apiErr.Reason)
	}
	// Output: 401 No valid session credentials found in the request.
}

// A Secret shows itself to nobody but its owner.
func ExampleSecret() {
	token := orylogin.NewSecret("ory_st_w3xq")
	fmt.Println(token)
	fmt.Printf("%+v\n", struct{ Token orylogin.Secret }{token})
	fmt.Println(token.Reveal())
	// Output:
	// [redacted]
	// {Token:[redacted]}
	// ory_st_w3xq
}
