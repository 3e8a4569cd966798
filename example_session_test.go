package orylogin_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/orylogin/orylogin"
)

// A program asks for the password again before it does something that matters.
func ExampleClient_Refresh() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	login, err := client.Refresh(context.Background(), earlierToken, orylogin.Password{
		Identifier: "ada@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same session:", login.Token.Equal(earlierToken))
	// Output: the same session: true
}

// The first call adds a second factor to the session. The second call renews it.
func ExampleClient_StepUp() {
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
		log.Fatal(err)
	}
	for range 2 {
		code := orylogin.NewSecret("123456") // what the user has typed
		login, err := client.StepUp(ctx, owed.Token, orylogin.TOTP{Code: code})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("assurance level:", login.Session.AuthenticatorAssuranceLevel)
	}
	// Output:
	// assurance level: aal2
	// assurance level: aal2
}

// The provider's page has sent the browser back to the app. Here the user has refused there.
func ExampleClient_Callback() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{TokenExchange: true, ReturnTo: "com.example.app://login"})
	if err != nil {
		log.Fatal(err)
	}
	// The app submits an OIDC method to the flow and opens the page of the LocationChangeError.
	called, err := url.Parse("com.example.app://login") // the URL with which the app was called
	if err != nil {
		log.Fatal(err)
	}
	login, err := client.Callback(ctx, flow, called)
	if err != nil {
		fmt.Println("not logged in:", orylogin.OutcomeOf(err))
		return
	}
	fmt.Println("logged in as", login.Session.Identity.ID)
	// Output: not logged in: next_step
}

// A program that gets no session asks whether the server can work, before it forgets the
// token.
func ExampleClient_Ready() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Whoami(ctx, orylogin.NewSecret("an-old-token"))
	if errors.Is(err, orylogin.ErrSessionInactive) && client.Ready(ctx) == nil {
		fmt.Println("log in again")
	}
	// Output: log in again
}

// The observer counts all requests by their outcomes.
func ExampleWithObserver() {
	client, err := orylogin.New(kratosURL, orylogin.WithObserver(func(_ context.Context, event orylogin.Event) {
		fmt.Println(event.Operation, event.StatusCode, event.Outcome)
	}))
	if err != nil {
		log.Fatal(err)
	}
	_, _ = client.Login(context.Background(), orylogin.Password{
		Identifier: "ada@example.com",
		Password:   orylogin.NewSecret("a guess"),
	})
	// Output:
	// initializeSelfServiceLoginFlowWithoutBrowser 200 done
	// submitSelfServiceLoginFlow 400 refused
}

// One word tells all answers apart.
func ExampleOutcomeOf() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Login(context.Background(), orylogin.Password{
		Identifier: "joan@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	texts := map[orylogin.Outcome]string{
		orylogin.OutcomeLoggedIn: "welcome",
		orylogin.OutcomeRefused:  "wrong e-mail address or password",
		orylogin.OutcomeDisabled: "this account cannot be used",
	}
	fmt.Println(cmp.Or(texts[orylogin.OutcomeOf(err)], "please try again later"))
	// Output: this account cannot be used
}

// A web application logs its user out. Pages of other sites cannot send this POST.
func ExampleVisit_Logout() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	logout := func(w http.ResponseWriter, r *http.Request) {
		next := "/"
		if err := client.Visit(w, r).Logout(r.Context()); err != nil && !errors.Is(err, orylogin.ErrSessionInactive) {
			next = "/error"
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /logout", logout)
	handler := http.NewCrossOriginProtection().Handler(mux)

	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/logout", nil))
	fmt.Println(answer.Code, answer.Header().Get("Location"))
	// Output: 303 /
}
