package orylogin_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// This is the login page of an application, for each outcome of a login.
func ExampleVisit() {
	server := exampleKratos() // stands in for a Kratos
	defer server.Close()
	client, err := orylogin.New(server.URL, orylogin.WithReturnOrigins("https://app.example.com"))
	if err != nil {
		log.Fatal(err)
	}

	answer := func(visit *orylogin.Visit, w http.ResponseWriter, r *http.Request) orylogin.Next {
		id := r.URL.Query().Get("flow")
		if r.Method != http.MethodPost {
			return visit.AfterFlow(visit.GetFlow(r.Context(), id))
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if err := r.ParseForm(); err != nil {
			return visit.AfterLogin(nil, err)
		}
		return visit.AfterLogin(visit.SubmitForm(r.Context(), id, r.PostForm)) // not r.Form, which also has the query
	}
	login := func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r)
		next := visit.Start(r.Context(), answer(visit, w, r))
		switch {
		case next.Flow != nil:
			showForm(w, next)
		case next.URL != "":
			http.Redirect(w, r, next.URL, next.Status)
		default:
			slog.WarnContext(r.Context(), "login", "err", next.Err)
			http.Error(w, problemText(next.Outcome), next.Status)
		}
	}

	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	const correct = "correct horse battery staple"
	for _, attempt := range []struct{ open, identifier, password string }{
		{"a link", "", ""},
		{"a flow", "ada@example.com", "a wild guess"},
		{"a flow", "ada@example.com", correct},
		{"a flow, logged in", "ada@example.com", correct},
		{"a flow", "disabled@example.com", correct},
		{"a flow", "unverified@example.com", correct},
		{"a flow", "grace@example.com", correct}, // has a second factor
		{"an expired flow", "ada@example.com", correct},
		{"another browser's flow", "ada@example.com", correct},
		{"no flow", "ada@example.com", correct},
		{"a form behind a link", "ada@example.com", correct},
		{"a flow", "ada@example.com", strings.Repeat("x", 64<<10)},
		{"a flow, out of order", "ada@example.com", correct},
	} {
		form := url.Values{"method": {"password"}, "identifier": {attempt.identifier}, "password": {attempt.password}}
		w := httptest.NewRecorder()
		login(w, exampleRequest(server, client, attempt.open, form))
		fmt.Println(w.Code, w.Header().Get("Location")+strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 200 next_step [oidc code password] return_to=%2Faccount
	// 400 refused [oidc code password] return_to=https%3A%2F%2Fapp.example.com%2Fwelcome
	// The provided credentials are invalid, check for spelling mistakes in your password or username, email address, or phone number.
	// 303 https://app.example.com/welcome
	// 303 https://app.example.com/welcome
	// 403 this account is disabled
	// 403 please verify your e-mail address first
	// 200 second_factor [totp] aal=aal2&return_to=https%3A%2F%2Fapp.example.com%2Fwelcome
	// Please complete the second authentication challenge.
	// 200 expired [oidc code password] return_to=https%3A%2F%2Fapp.example.com%2Fwelcome
	// 403 please allow cookies for this site
	// 200 next_step [oidc code password]
	// 400 refused [oidc code password] return_to=https%3A%2F%2Fapp.example.com%2Fwelcome
	// Property identifier is missing.
	// Property password is missing.
	// 413 that cannot be a login
	// 503 no login at the moment
}

// showForm shows the form of a flow, with its messages.
func showForm(w http.ResponseWriter, next orylogin.Next) {
	w.WriteHeader(next.Status)
	query, err := url.ParseQuery(next.Action[1:]) // the form is posted there
	if err != nil {
		log.Fatal(err)
	}
	query.Del("flow")
	_, _ = fmt.Fprintln(w, next.Outcome, next.Flow.Methods(), query.Encode())
	for _, message := range next.Flow.Messages() {
		_, _ = fmt.Fprintln(w, message.Text)
	}
}

// problemText returns the text for the user.
func problemText(outcome orylogin.Outcome) string {
	switch outcome { //nolint:exhaustive // for the others, one text is enough
	case orylogin.OutcomeDisabled:
		return "this account is disabled"
	case orylogin.OutcomeVerification:
		return "please verify your e-mail address first"
	case orylogin.OutcomeCSRF:
		return "please allow cookies for this site"
	case orylogin.OutcomeInvalidCall, orylogin.OutcomeOther:
		return "that cannot be a login"
	default:
		return "no login at the moment"
	}
}

// SubmitForm passes on a form as the browser has sent it, with the fields of methods that the
// application does not know.
func ExampleVisit_SubmitForm() {
	server := exampleKratos() // stands in for a Kratos
	defer server.Close()
	client, err := orylogin.New(server.URL)
	if err != nil {
		log.Fatal(err)
	}

	for _, form := range []url.Values{
		{"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"a wild guess"}},
		{"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"correct horse battery staple"}},
		{"method": {"code"}, "identifier": {"ada@example.com"}},
		{"provider": {"google"}},
	} {
		r := exampleRequest(server, client, "a flow", form) // from a browser
		if err := r.ParseForm(); err != nil {
			log.Fatal(err)
		}
		login, err := client.Visit(nil, r).SubmitForm(r.Context(), r.URL.Query().Get("flow"), r.PostForm)
		fmt.Println(login != nil, orylogin.OutcomeOf(err))
	}
	// Output:
	// false refused
	// true logged_in
	// false next_step
	// false location_change
}

// Paths of the application are safe, and so are URLs of the named origins.
func ExampleSafeRedirect() {
	for _, target := range []string{
		"/account?tab=2",
		"https://app.example.com/welcome",
		"https://app.example.com.evil.example/welcome",
		`/\evil.example`,
		"javascript:alert(1)",
	} {
		safe, ok := orylogin.SafeRedirect(target, "https://app.example.com")
		if !ok {
			safe = "/"
		}
		fmt.Println(safe)
	}
	// Output:
	// /account?tab=2
	// https://app.example.com/welcome
	// /
	// /
	// /
}

// exampleKratos returns a server that asks for verified addresses and second factors.
func exampleKratos() *orylogintest.Server {
	server := orylogintest.NewServer(&exampleT{}, orylogintest.WithHighestAAL(), orylogintest.WithVerificationRequired(),
		orylogintest.WithCode(), orylogintest.WithProviders("google"), orylogintest.WithReturnTo("https://app.example.com"))
	for _, identity := range []orylogintest.Identity{
		{Email: "ada@example.com"},
		{Email: "grace@example.com", TOTPSecret: "JBSWY3DPEHPK3PXP"},
		{Email: "disabled@example.com", Disabled: true},
		{Email: "unverified@example.com", Unverified: true},
	} {
		identity.Password = "correct horse battery staple"
		server.AddIdentity(identity)
	}
	return server
}

// exampleRequest returns the request with a form from a browser that has opened a flow.
func exampleRequest(server *orylogintest.Server, client *orylogin.Client, open string, form url.Values) *http.Request {
	ctx := context.Background()
	visit := client.Visit(nil, &http.Request{})
	flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{ReturnTo: "https://app.example.com/welcome"})
	if err != nil {
		log.Fatal(err)
	}
	switch open {
	case "a flow, logged in":
		_, err = visit.Submit(ctx, flow, orylogin.Password{
			Identifier: form.Get("identifier"), Password: orylogin.NewSecret(form.Get("password")),
		})
	case "an expired flow":
		server.ExpireFlow(flow.ID)
	case "another browser's flow":
		visit = client.Visit(nil, &http.Request{})
	case "no flow":
		flow.ID = ""
	case "a flow, out of order":
		server.Respond(orylogintest.GetFlow, http.StatusServiceUnavailable, "<html>")
	}
	if err != nil {
		log.Fatal(err)
	}
	form.Set("csrf_token", flow.Choices("csrf_token")[0])
	method, target, body := http.MethodPost, "/login?flow="+flow.ID, form.Encode()
	switch open {
	case "a link": // to log in
		method, target, body = http.MethodGet, "/login?return_to=/account", ""
	case "a form behind a link": // an attacker makes the user follow it
		target, body = target+"&"+body, "method=password&csrf_token="+url.QueryEscape(form.Get("csrf_token"))
	}
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, line := range visit.CookieLines() {
		if cookie, err := http.ParseSetCookie(line); err == nil {
			r.AddCookie(cookie)
		}
	}
	return r
}
