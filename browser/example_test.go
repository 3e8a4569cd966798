package browser_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
)

// The page of an application takes the form of a login and submits it to Kratos.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(exampleKratos)) // stands in for a Kratos
	defer server.Close()
	kratos, err := orylogin.New(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	browsers, err := browser.New(kratos) // kratos is an orylogin.Client
	if err != nil {
		log.Fatal(err)
	}

	submitLogin := func(w http.ResponseWriter, r *http.Request) {
		visit := browsers.Visit(r)
		var login *browser.Login
		flow, err := visit.GetFlow(r.Context(), r.FormValue("flow"))
		if err == nil {
			login, err = visit.Submit(r.Context(), flow, orylogin.Password{
				Identifier: r.FormValue("identifier"),
				Password:   orylogin.NewSecret(r.FormValue("password")),
			})
		}
		visit.WriteCookies(w) // whatever the outcome
		if err != nil {
			answerFailure(w, r, err)
			return
		}
		target, ok := browser.SafeRedirect(login.RedirectTo, "https://app.example.com")
		if !ok {
			target = "/"
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
	}

	for _, attempt := range []struct{ flow, identifier, password string }{
		{"f1", "ada", "a wild guess"},
		{"f1", "ada", "correct horse battery staple"},
		{"f1", "logged in", ""},
		{"f1", "disabled", ""},
		{"f1", "unverified", ""},
		{"f1", "code", ""},
		{"f1", "second factor", ""},
		{"f1", "provider", ""},
		{"unknown", "ada", ""},
		{"foreign", "ada", ""},
		{"", "ada", ""},
		{"f1", "ada", "no text: \xff"},
		{"unavailable", "ada", ""},
	} {
		form := url.Values{"flow": {attempt.flow}, "identifier": {attempt.identifier}, "password": {attempt.password}}
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/login", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		submitLogin(w, r)
		fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Header().Get("Location"), w.Body)))
	}
	// Output:
	// 422 The provided credentials are invalid.
	// 303 https://app.example.com/welcome
	// 303 /
	// 403 this account is disabled
	// 403 please verify your e-mail address first
	// 303 /login?flow=f1
	// 303 /login?aal=aal2
	// 303 https://accounts.google.com/o/oauth2/auth
	// 303 /login
	// 303 /login
	// 303 /login
	// 400 that cannot be a login
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
	case errors.Is(err, orylogin.ErrSessionAlreadyAvailable): // may be a ValidationError, too
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case errors.Is(err, orylogin.ErrIdentityDisabled): // likewise
		http.Error(w, "this account is disabled", http.StatusForbidden)
	case errors.As(err, &unverified):
		http.Error(w, "please verify your e-mail address first", http.StatusForbidden)
	case browser.NeedsNewFlow(err):
		http.Redirect(w, r, "/login", http.StatusSeeOther) // begin again; may be a ValidationError, too
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
	case errors.Is(err, orylogin.ErrInvalidCall): // such as a password that is not UTF-8
		http.Error(w, "that cannot be a login", http.StatusBadRequest)
	default:
		log.Print(err) // its text has no secrets
		http.Error(w, "no login at the moment", http.StatusBadGateway)
	}
}

// A form is handed on as the browser has sent it, also with the fields of methods that
// the application does not know.
func ExampleVisit_SubmitForm() {
	server := httptest.NewServer(http.HandlerFunc(exampleKratos)) // stands in for a Kratos
	defer server.Close()
	kratos, err := orylogin.New(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	browsers, err := browser.New(kratos)
	if err != nil {
		log.Fatal(err)
	}

	submitLogin := func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, "that was not a form", http.StatusBadRequest)
			return
		}
		visit := browsers.Visit(r)
		_, err := visit.SubmitForm(r.Context(), r.URL.Query().Get("flow"), r.PostForm)
		visit.WriteCookies(w) // whatever the outcome
		if err != nil {
			answerFailure(w, r, err) // see the example of the package
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}

	form := url.Values{
		"csrf_token": {"a+b/c="}, "method": {"password"},
		"identifier": {"ada@example.com"}, "password": {"a wild guess"},
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/login?flow=f1", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	submitLogin(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 422 The provided credentials are invalid.
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
		safe, ok := browser.SafeRedirect(target, "https://app.example.com")
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

// exampleKratos answers by the id of the flow and by what is submitted.
func exampleKratos(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	answer := exampleFlows[r.URL.Query().Get("id")]
	if r.Method == http.MethodPost {
		answer = exampleLogin
		for submitted, other := range exampleOutcomes {
			if strings.Contains(string(body), submitted) {
				answer = other
			}
		}
	}
	if answer.status == http.StatusOK && r.Method == http.MethodPost {
		w.Header().Set("Set-Cookie", "ory_kratos_session=s; Path=/; HttpOnly; SameSite=Lax")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	_, _ = fmt.Fprint(w, answer.body)
}

type exampleAnswer struct {
	status int
	body   string
}

var exampleFlows = map[string]exampleAnswer{
	"f1":          {200, `{"id":"f1","type":"browser","ui":{"nodes":[]}}`},
	"unknown":     {404, `{"error":{"code":404,"message":"Unable to locate the resource"}}`},
	"foreign":     {403, `{"error":{"id":"security_csrf_violation","code":403}}`},
	"unavailable": {503, "<html>"},
}

var exampleLogin = exampleAnswer{200, `{"session":{"id":"s","active":true,"identity":{"id":"i"}},` +
	`"continue_with":[{"action":"redirect_browser_to","redirect_browser_to":"https://app.example.com/welcome"}]}`}

var exampleOutcomes = map[string]exampleAnswer{
	"guess":         {400, exampleMessage(`"id":4000006,"type":"error","text":"The provided credentials are invalid."`)},
	"logged in":     {400, exampleMessage(`"id":4000001,"type":"error","text":"A valid session was detected and thus login is not possible."`)},
	"disabled":      {401, `{"error":{"code":401,"status":"Unauthorized","message":"identity is disabled"}}`},
	"unverified":    {400, exampleMessage(`"id":4000010,"type":"error","text":"Account not active yet."`)},
	"code":          {400, exampleMessage(`"id":1010014,"type":"info","text":"A code has been sent."`)},
	"second factor": {422, exampleChange("https://auth.example.com/self-service/login/browser?aal=aal2")},
	"provider":      {422, exampleChange("https://accounts.google.com/o/oauth2/auth")},
}

func exampleMessage(members string) string {
	return `{"id":"f1","type":"browser","ui":{"nodes":[],"messages":[{` + members + `}]}}`
}

func exampleChange(target string) string {
	return `{"error":{"id":"browser_location_change_required","code":422},"redirect_browser_to":"` + target + `"}`
}
