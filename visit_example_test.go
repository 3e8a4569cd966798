package orylogin_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// The page of an application takes the form of a login and submits it to Kratos.
func ExampleVisit() {
	server := exampleKratos() // stands in for a Kratos
	defer server.Close()
	client, err := orylogin.New(server.URL)
	if err != nil {
		log.Fatal(err)
	}

	submitLogin := func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if r.Method != http.MethodPost || r.ParseForm() != nil { // a link is no submission
			http.Error(w, "that was not a form", http.StatusBadRequest)
			return
		}
		visit := client.Visit(w, r)
		var login *orylogin.Login
		flow, err := visit.GetFlow(r.Context(), r.PostForm.Get("flow"))
		if err == nil {
			login, err = visit.Submit(r.Context(), flow, orylogin.Password{
				Identifier: r.PostForm.Get("identifier"), // PostForm has nothing of the URL
				Password:   orylogin.NewSecret(r.PostForm.Get("password")),
			})
		}
		if err != nil {
			answerFailure(w, r, err)
			return
		}
		target, ok := orylogin.SafeRedirect(login.RedirectTo, "https://app.example.com")
		if !ok {
			target = "/"
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
	}

	const correct = "correct horse battery staple"
	for _, attempt := range []struct{ open, identifier, password string }{
		{"a flow", "ada@example.com", "a wild guess"},
		{"a flow", "ada@example.com", correct},
		{"a flow, logged in", "ada@example.com", correct},
		{"a flow", "disabled@example.com", correct},
		{"a flow", "unverified@example.com", correct},
		{"a flow", "grace@example.com", correct}, // has a second factor
		{"an expired flow", "ada@example.com", correct},
		{"another browser's flow", "ada@example.com", correct},
		{"no flow", "ada@example.com", correct},
		{"a flow", "ada@example.com", "no text: \xff"},
		{"a link", "ada@example.com", correct},
		{"a form behind a link", "ada@example.com", correct},
		{"a flow", "ada@example.com", strings.Repeat("x", 64<<10)},
		{"a flow, out of order", "ada@example.com", correct},
	} {
		form := url.Values{"identifier": {attempt.identifier}, "password": {attempt.password}}
		w := httptest.NewRecorder()
		submitLogin(w, exampleRequest(server, client, attempt.open, form))
		fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Header().Get("Location"), w.Body)))
	}
	// Output:
	// 422 The provided credentials are invalid, check for spelling mistakes in your password or username, email address, or phone number.
	// 303 https://app.example.com/welcome
	// 303 /
	// 403 this account is disabled
	// 403 please verify your e-mail address first
	// 303 /login?aal=aal2
	// 303 /login
	// 303 /login
	// 303 /login
	// 400 that cannot be a login
	// 400 that was not a form
	// 422 Property identifier is missing.
	// Property password is missing.
	// 400 that was not a form
	// 502 no login at the moment
}

// answerFailure answers a request whose login is not complete.
func answerFailure(w http.ResponseWriter, r *http.Request, err error) {
	var (
		unverified *orylogin.VerificationError
		refused    *orylogin.ValidationError
		step       *orylogin.NextStepError
		owed       *orylogin.SecondFactorError
		provider   *orylogin.LocationChangeError
	)
	switch {
	case errors.Is(err, orylogin.ErrSessionAlreadyAvailable):
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case errors.Is(err, orylogin.ErrIdentityDisabled):
		http.Error(w, "this account is disabled", http.StatusForbidden)
	case errors.As(err, &unverified):
		http.Error(w, "please verify your e-mail address first", http.StatusForbidden)
	case orylogin.NeedsNewFlow(err):
		http.Redirect(w, r, "/login", http.StatusSeeOther) // begin again
	case errors.As(err, &refused):
		w.WriteHeader(http.StatusUnprocessableEntity)
		for _, message := range refused.Flow.Messages() {
			_, _ = fmt.Fprintln(w, message.Text) // or the form again, with its messages
		}
	case errors.As(err, &step):
		http.Redirect(w, r, "/login?flow="+url.QueryEscape(step.Flow.ID), http.StatusSeeOther) // the form of the next step
	case errors.As(err, &owed):
		http.Redirect(w, r, "/login?aal=aal2", http.StatusSeeOther) // a flow for the second factor
	case errors.As(err, &provider):
		http.Redirect(w, r, provider.URL, http.StatusSeeOther)
	case errors.Is(err, orylogin.ErrInvalidCall) && !orylogin.NeedsNewFlow(err): // such as a password that is not UTF-8
		http.Error(w, "that cannot be a login", http.StatusBadRequest)
	default:
		log.Print(err) // its text has no secrets
		http.Error(w, "no login at the moment", http.StatusBadGateway)
	}
}

// A form is handed on as the browser has sent it, also with the fields of methods that
// the application does not know.
func ExampleVisit_SubmitForm() {
	server := exampleKratos() // stands in for a Kratos
	defer server.Close()
	client, err := orylogin.New(server.URL)
	if err != nil {
		log.Fatal(err)
	}

	submitLogin := func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if r.Method != http.MethodPost || r.ParseForm() != nil { // a link is no submission
			http.Error(w, "that was not a form", http.StatusBadRequest)
			return
		}
		_, err := client.Visit(w, r).SubmitForm(r.Context(), r.URL.Query().Get("flow"), r.PostForm)
		if err != nil {
			answerFailure(w, r, err) // see the example of Visit
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}

	for _, form := range []url.Values{
		{"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"a wild guess"}},
		{"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"correct horse battery staple"}},
		{"method": {"code"}, "identifier": {"ada@example.com"}},
		{"provider": {"google"}},
	} {
		w := httptest.NewRecorder()
		submitLogin(w, exampleRequest(server, client, "a flow", form))
		location, _, _ := strings.Cut(w.Header().Get("Location"), "=")
		fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", location, w.Body)))
	}
	// Output:
	// 422 The provided credentials are invalid, check for spelling mistakes in your password or username, email address, or phone number.
	// 303 /
	// 303 /login?flow
	// 303 https://google.example/authorize?client_id
}

// Pages of the application are safe, and those of origins that are named.
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

// exampleRequest is how the form comes from a browser that has opened a flow.
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
	form.Set("flow", flow.ID)
	form.Set("csrf_token", flow.Choices("csrf_token")[0])
	method, target, body := http.MethodPost, "/login?flow="+flow.ID, form.Encode()
	switch open {
	case "a link": // that somebody is made to follow
		method, target, body = http.MethodGet, "/login?"+body, ""
	case "a form behind a link":
		target, body = "/login?"+body, url.Values{"flow": {flow.ID}}.Encode()
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
