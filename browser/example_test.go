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
		flow, err := visit.GetFlow(r.Context(), r.FormValue("flow"))
		if err != nil {
			visit.WriteCookies(w)
			http.Redirect(w, r, "/login", http.StatusSeeOther) // begin anew
			return
		}
		login, err := visit.Submit(r.Context(), flow, orylogin.Password{
			Identifier: r.FormValue("identifier"),
			Password:   orylogin.NewSecret(r.FormValue("password")),
		})
		visit.WriteCookies(w) // whatever the outcome
		var refused *orylogin.ValidationError
		var owed *orylogin.SecondFactorError
		var provider *orylogin.LocationChangeError
		switch {
		case errors.As(err, &refused):
			w.WriteHeader(http.StatusUnprocessableEntity)
			for _, message := range refused.Flow.Messages() {
				_, _ = fmt.Fprintln(w, message.Text) // or the form again, with its messages
			}
		case errors.As(err, &owed):
			http.Redirect(w, r, "/login?aal=aal2", http.StatusSeeOther) // a flow for the second factor
		case errors.As(err, &provider):
			http.Redirect(w, r, provider.URL, http.StatusSeeOther)
		case err != nil:
			http.Error(w, "no login at the moment", http.StatusBadGateway)
		default:
			target, ok := browser.SafeRedirect(login.RedirectTo, "https://app.example.com")
			if !ok {
				target = "/"
			}
			http.Redirect(w, r, target, http.StatusSeeOther)
		}
	}

	for _, password := range []string{"a wild guess", "correct horse battery staple"} {
		form := url.Values{"flow": {"f1"}, "identifier": {"ada@example.com"}, "password": {password}}
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/login", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		submitLogin(w, r)
		fmt.Println(w.Code, w.Header().Get("Location"), strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 422  The provided credentials are invalid.
	// 303 https://app.example.com/welcome
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
		var refused *orylogin.ValidationError
		switch {
		case errors.As(err, &refused):
			http.Redirect(w, r, "/login?flow="+url.QueryEscape(refused.Flow.ID), http.StatusSeeOther) // the form, with its messages
		case err != nil:
			http.Error(w, "no login at the moment", http.StatusBadGateway)
		default:
			http.Redirect(w, r, "/", http.StatusSeeOther)
		}
	}

	form := url.Values{
		"csrf_token": {"a+b/c="}, "method": {"password"},
		"identifier": {"ada@example.com"}, "password": {"a wild guess"},
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/login?flow=f1", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	submitLogin(w, r)
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /login?flow=f1
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

func exampleKratos(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		panic(err)
	case r.Method == http.MethodGet:
		_, _ = fmt.Fprint(w, `{"id":"f1","type":"browser","ui":{"nodes":[]}}`)
	case strings.Contains(string(body), "guess"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"id":"f1","type":"browser","ui":{"nodes":[],"messages":[`+
			`{"id":4000006,"type":"error","text":"The provided credentials are invalid."}]}}`)
	default:
		w.Header().Set("Set-Cookie", "ory_kratos_session=s; Path=/; HttpOnly; SameSite=Lax")
		_, _ = fmt.Fprint(w, `{"session":{"id":"s","active":true,"identity":{"id":"i"}},`+
			`"continue_with":[{"action":"redirect_browser_to","redirect_browser_to":"https://app.example.com/welcome"}]}`)
	}
}
