package orylogin_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestDocumentation checks that all Go code of the README and of these pages is part of the
// examples or of one recipe, which are compiled and run.
func TestDocumentation(t *testing.T) {
	var pages, examples []byte
	for _, name := range []string{"README.md", "docs/concepts.md", "docs/native.md", "docs/tokens.md", "docs/testing.md", "docs/operations.md"} {
		page, err := os.ReadFile(name)
		require.NoError(t, err)
		pages = append(pages, page...)
	}
	for _, name := range []string{"example_test.go", "visit_example_test.go", "session/example_test.go", "orylogintest/example_test.go", "orylogintest/worker_test.go", "orylogintest/tab/example_test.go", "test/playground/suite_test.go", "test/recipes_sessions_test.go", "test/terminal/main.go", "test/hardening/silent/silent_test.go"} {
		file, err := os.ReadFile(name)
		require.NoError(t, err)
		examples = append(examples, file...)
	}
	unindented := regexp.MustCompile(`(?m)^\t+`)
	code := unindented.ReplaceAllString(string(examples), "")
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(pages), -1)
	require.GreaterOrEqual(t, len(blocks), 13)
	for _, block := range blocks {
		found := strings.Contains(code, unindented.ReplaceAllString(block[1], ""))
		require.True(t, found, "no example has this code of the documentation:\n%s", block[1])
	}
}

func ExampleClient_Login() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	login, err := client.Login(context.Background(), orylogin.Password{
		Identifier: "ada@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	switch {
	case err == nil:
		fmt.Println("logged in as", login.Session.Identity.ID)
	case errors.Is(err, orylogin.ErrInvalidCredentials):
		fmt.Println("wrong e-mail address or password")
	default:
		log.Fatal(err)
	}
	// Output: logged in as 695dfd80-bbae-4691-a01a-fae1924766ec
}

// The first factor is right, and the server demands a second one. The caller adds it to the
// session.
func ExampleSecondFactorError() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	code := orylogin.NewSecret("123456")
	login, err := client.Login(ctx, orylogin.Password{
		Identifier: "grace@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	var owed *orylogin.SecondFactorError
	if errors.As(err, &owed) {
		login, err = client.StepUp(ctx, owed.Token, orylogin.TOTP{Code: code})
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("assurance level:", login.Session.AuthenticatorAssuranceLevel)
	// Output: assurance level: aal2
}

// The first submission asks for a code. The next submission to the same flow has the code.
func ExampleCode() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Login(ctx, orylogin.Code{Identifier: "ada@example.com"})
	var next *orylogin.NextStepError
	if !errors.As(err, &next) || !next.Flow.CodeSent() {
		log.Fatal(err)
	}
	login, err := client.Submit(ctx, next.Flow.ID, orylogin.Code{
		Identifier: "ada@example.com",
		Code:       orylogin.NewSecret("123456"), // what the user has typed
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("logged in as", login.Session.Identity.ID)
	// Output: logged in as 695dfd80-bbae-4691-a01a-fae1924766ec
}

// A login with a provider continues in a browser. It ends with two codes: one is in the flow,
// and the browser brings back the other.
func ExampleOIDC() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{
		TokenExchange: true,
		ReturnTo:      "com.example.app://login",
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Submit(ctx, flow.ID, orylogin.OIDC{Provider: "google"})
	var change *orylogin.LocationChangeError
	if !errors.As(err, &change) {
		log.Fatal(err)
	}
	page, err := url.Parse(change.URL)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("open the provider's page", page.Path)
	// And when the browser has called the application with the URL called:
	// login, err := client.Callback(ctx, flow, called)

	// Output: open the provider's page /google
}

// Messages say what was wrong with which field, or with the whole form.
func ExampleMessages() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Login(context.Background(), orylogin.Password{})
	var refused *orylogin.ValidationError
	if errors.As(err, &refused) {
		for _, message := range refused.Flow.Messages() {
			fmt.Println(message.Field, int64(message.ID), message.Text)
		}
	}
	// Output:
	// identifier 4000002 Property identifier is missing.
	// password 4000002 Property password is missing.
}

// The identity schema of the server defines the form of the traits.
func ExampleClient_Whoami() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	current, err := client.Whoami(context.Background(), earlierToken)
	if errors.Is(err, orylogin.ErrSessionInactive) {
		log.Fatal("log in first")
	}
	if err != nil {
		log.Fatal(err)
	}
	var traits struct {
		Email string `json:"email"`
	}
	if err := current.Traits(&traits); err != nil { // current is a session, such as login.Session
		log.Fatal(err)
	}
	fmt.Println(traits.Email)
	// Output: ada@example.com
}

// A user sees the other sessions and revokes one of them.
func ExampleClient_OtherSessions() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	var login *orylogin.Login
	for _, userAgent := range []string{"a laptop", "a phone", "this device"} {
		login, err = client.Login(ctx, orylogin.Password{
			Identifier: "alan@example.com",
			Password:   orylogin.NewSecret("another one"),
		}, orylogin.WithDevice(userAgent, netip.Addr{}))
		if err != nil {
			log.Fatal(err)
		}
	}

	others := client.OtherSessions(login.Token) // visit.OtherSessions() for a browser
	sessions, err := others.List(ctx, 1)        // page 1: at most orylogin.SessionsPerPage sessions
	if err != nil {
		log.Fatal(err)
	}
	for _, session := range sessions {
		userAgent := "unknown"
		if len(session.Devices) > 0 {
			userAgent = session.Devices[0].UserAgent
		}
		fmt.Println(userAgent, session.AuthenticatorAssuranceLevel)
	}
	if len(sessions) > 0 { // ends the newest one; RevokeAll ends all of them
		if err := others.Revoke(ctx, sessions[0].ID); err != nil {
			log.Fatal(err)
		}
	}

	sessions, err = others.List(ctx, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(sessions), "is left")
	// Output:
	// a phone aal1
	// a laptop aal1
	// 1 is left
}

// A conversation has as many steps as the server wants: here a password and, since the server
// demands it, a second factor.
func ExampleClient_Converse() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	login, err := client.Converse(ctx, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		var refused *orylogin.ValidationError
		if errors.As(step.Err, &refused) {
			return nil, step.Err // a program with a user shows the messages and asks again
		}
		switch offered := step.Flow.Methods(); {
		case slices.Contains(offered, "totp"):
			return orylogin.TOTP{Code: orylogin.NewSecret("123456")}, nil
		case slices.Contains(offered, "password"):
			return orylogin.Password{
				Identifier: "grace@example.com",
				Password:   orylogin.NewSecret("correct horse battery staple"),
			}, nil
		default:
			return nil, errors.New("no method that this program has") // for example, the second factor is a mailed code
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("assurance level:", login.Session.AuthenticatorAssuranceLevel)
	// Output: assurance level: aal2
}

// Every answer to a submission is one of these.
func ExampleClient_Submit() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	for _, identifier := range []string{"ada@example.com", "grace@example.com", "alan@example.com", "joan@example.com"} {
		_, err := client.Login(context.Background(), orylogin.Password{
			Identifier: identifier,
			Password:   orylogin.NewSecret("correct horse battery staple"),
		})
		fmt.Println(describe(err))
	}
	// Output:
	// logged in
	// create a flow for a second factor with the token
	// ask again: The provided credentials are invalid, check for spelling mistakes in your password or username, email address, or phone number.
	// the account is disabled
}

func describe(err error) string {
	var (
		refused    *orylogin.ValidationError
		next       *orylogin.NextStepError
		owed       *orylogin.SecondFactorError
		unverified *orylogin.VerificationError
		expired    *orylogin.ExpiredError
		change     *orylogin.LocationChangeError
		redirect   *orylogin.RedirectError
		unsent     *orylogin.TransportError
		answer     *orylogin.APIError
	)
	switch {
	case err == nil:
		return "logged in"
	case errors.Is(err, orylogin.ErrIdentityDisabled):
		return "the account is disabled"
	case errors.Is(err, orylogin.ErrSessionAlreadyAvailable):
		return "the session token is still good"
	case errors.Is(err, orylogin.ErrTooManyTries):
		return "create another flow and have a code sent"
	case errors.Is(err, orylogin.ErrBrowserRequest), errors.Is(err, orylogin.ErrUndecodableBody):
		return "something between client and server changes requests"
	case errors.As(err, &refused):
		return "ask again: " + refused.Flow.Messages().Errors()[0].Text
	case errors.As(err, &next) && next.Flow.CodeSent():
		return "ask for the code and submit it to flow " + next.Flow.ID
	case errors.As(err, &next) && !next.Flow.CodeSent():
		return "offer " + strings.Join(next.Flow.Methods(), ", ") + " and submit to flow " + next.Flow.ID
	case errors.As(err, &owed):
		return "create a flow for a second factor with the token"
	case errors.As(err, &unverified):
		return "verify an address first"
	case errors.As(err, &expired) && expired.UseFlowID != "":
		return "submit the first factor to flow " + expired.UseFlowID
	case errors.As(err, &expired) && expired.UseFlowID == "":
		return "create another flow"
	case errors.As(err, &change):
		return "open a browser at " + change.URL
	case errors.As(err, &redirect):
		return "check the base URL, the server points to " + redirect.Location
	case errors.As(err, &unsent) && unsent.NotSent:
		return "try again, nothing was sent"
	case errors.As(err, &unsent) && !unsent.NotSent:
		return "the server may have acted, look before trying again"
	case errors.Is(err, orylogin.ErrRateLimited) && errors.As(err, &answer):
		return "try again in " + answer.RetryAfter.String()
	case errors.Is(err, orylogin.ErrUnknownAnswer), errors.Is(err, orylogin.ErrResponseTooLarge):
		return "that was not Kratos, look at what is in between"
	default:
		return "see the status, the id and the reason of the answer"
	}
}

// Every error of an answer is or wraps an APIError with the HTTP status.
func ExampleAPIError() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Whoami(context.Background(), orylogin.NewSecret("a-token-from-elsewhere"))
	var apiErr *orylogin.APIError
	if errors.As(err, &apiErr) {
		fmt.Println(apiErr.StatusCode, apiErr.Reason)
	}
	// Output: 401 No valid session credentials found in the request.
}

// A Secret prints as [redacted]. Only Reveal returns its text.
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
