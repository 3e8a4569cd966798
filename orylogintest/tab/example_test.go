package tab_test

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/orylogintest/tab"
)

// newApplication is the application under test, with a login page and an account page.
func newApplication(client *orylogin.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r)
		next := visit.AfterFlow(visit.GetFlow(r.Context(), r.URL.Query().Get("flow")))
		if r.Method == http.MethodPost && r.ParseForm() == nil {
			next = visit.AfterLogin(visit.SubmitForm(r.Context(), r.URL.Query().Get("flow"), r.PostForm))
		}
		switch next = visit.Start(r.Context(), next); {
		case next.Flow != nil:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_ = form.Execute(w, next)
		case next.URL != "":
			http.Redirect(w, r, next.URL, next.Status)
		default:
			http.Error(w, "please try again later", next.Status)
		}
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r)
		if session, err := visit.Whoami(r.Context()); err == nil {
			_, _ = fmt.Fprintf(w, "hello %s", session.Identity.Traits)
		} else {
			http.Redirect(w, r, "/login"+visit.AfterFlow(nil, err).Action, http.StatusSeeOther)
		}
	})
	return mux
}

var form = template.Must(template.New("").Parse(`<title>Log in</title>
{{range .Flow.Messages}}<p>{{.Text}}</p>{{end}}
<form action="/login{{.Action}}" method="post">{{range .Flow.UI.Nodes}}
{{if eq .Attributes.Type "submit"}}<p><button name="{{.Attributes.Name}}" value="{{.Attributes.Value.Text}}">{{.Meta.Label.Text}}</button></p>
{{else}}<p><label>{{with .Meta.Label}}{{.Text}}{{end}} <input type="{{.Attributes.Type}}" name="{{.Attributes.Name}}" value="{{.Attributes.Value.Text}}"></label></p>
{{end}}{{end}}</form>`))

// A login page is tested as a user sees it.
func Example() {
	t, end := newT()
	defer end()
	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	application := httptest.NewServer(newApplication(server.Client()))
	defer application.Close()

	page := tab.Open(t, application.URL) // package orylogintest/tab, a module of its own
	page.Press("Sign in with password", map[string]string{"ID": "ada@example.com", "Password": "a guess"})
	fmt.Println(page.Text())

	page.Press("Sign in with password", map[string]string{"Password": "correct horse"})
	fmt.Println(page.Text())
	// Output:
	// Log in
	// The provided credentials are invalid, check for spelling mistakes in your password or username, email address, or phone number.
	// ID [ada@example.com]
	// Password []
	// [Sign in with password]
	// hello {"email":"ada@example.com"}
}

// A provider has a page, too: the browser comes back to the application by itself.
func Example_provider() {
	t, end := newT()
	defer end()
	server := orylogintest.NewServer(t, orylogintest.WithProviders("github"))
	application := httptest.NewServer(newApplication(server.Client()))
	defer application.Close()
	server.SetApplication(application.URL)

	page := tab.Open(t, application.URL)
	page.Press("Sign in with github", nil)
	page.Press("Allow", map[string]string{"E-mail address": "ada@example.com"})
	fmt.Println(page.URL.Path, page.Text())
	// Output: / hello {"email":"ada@example.com"}
}

// TestPageInABubble lets the flow of a page expire.
func TestPageInABubble(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	synctest.Test(t, func(t *testing.T) {
		client := server.Client(orylogin.WithHTTPClient(&http.Client{Transport: server}))
		page := tab.New(t, orylogintest.InMemory(newApplication(client)))
		page.Open("http://app.example/")
		time.Sleep(2 * time.Hour) // the flow expires
		ada := map[string]string{"ID": "ada@example.com", "Password": "correct horse"}
		page.Press("Sign in with password", ada)
		require.Equal(t, "/login", page.URL.Path)
		page.Press("Sign in with password", ada)
		require.Contains(t, page.Text(), "hello")
	})
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
func (*exampleT) Context() context.Context       { return context.Background() }
func (t *exampleT) Cleanup(end func())           { t.end = end }
func (*exampleT) Fatal(a ...any)                 { panic(fmt.Sprint(a...)) }
func (*exampleT) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
