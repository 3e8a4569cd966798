package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/session"
)

// A program calls a service with a session of its own, and the service asks whose
// session it is.
//
//nolint:noctx // docs/tokens.md quotes it, so it is short
func Example() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}

	// The service.
	guard, err := session.NewGuard(client)
	if err != nil {
		log.Fatal(err)
	}
	// service stands for your server
	service := httptest.NewServer(guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := session.FromContext(r.Context())
		_, _ = fmt.Fprintln(w, "hello", who.Identity.ID)
	})))
	defer service.Close()

	// The program.
	source, err := session.NewSource(client, orylogin.Password{
		Identifier: "robot@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	if err != nil {
		log.Fatal(err)
	}
	web := &http.Client{Transport: &session.Transport{
		Source: source,
		Hosts:  []string{strings.TrimPrefix(service.URL, "http://")},
	}}
	answer, err := web.Get(service.URL)
	if err != nil {
		log.Fatal(err)
	}
	if answer.StatusCode == http.StatusUnauthorized {
		_, err = source.Token(context.Background()) // says why there is no new token
	}
	if answer.StatusCode != http.StatusOK {
		log.Fatal(answer.Status, ": ", err)
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
	// Output: hello i
}

// A command-line tool keeps its session in a file, so that it logs in once and not
// each time it runs.
func ExampleNewFileStore() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "session.json")

	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	logIn := func(ctx context.Context) (*orylogin.Login, error) {
		fmt.Println("logging in")
		return client.Login(ctx, orylogin.Password{
			Identifier: "robot@example.com",
			Password:   orylogin.NewSecret("correct horse battery staple"),
		})
	}
	failed := func(err error) { log.Print(err) }
	for run := range 2 {
		source, err := session.NewSourceFunc(client, logIn, session.WithStore(session.NewFileStore(file), failed))
		if err != nil {
			log.Fatal(err)
		}
		if _, err := source.Token(ctx); err != nil {
			log.Fatal(err)
		}
		fmt.Println("run", run+1, "has a token")
		if run == 1 {
			fmt.Println("logged out:", source.Logout(ctx))
		}
	}
	_, err = os.Stat(file)
	fmt.Println("the file is gone:", errors.Is(err, fs.ErrNotExist))
	// Output:
	// logging in
	// run 1 has a token
	// run 2 has a token
	// logged out: <nil>
	// the file is gone: true
}

// A person's session is in a file between two runs.
func ExampleStatic() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	logIn := func(ctx context.Context, client *orylogin.Client) (*orylogin.Login, error) {
		fmt.Println("asking the person")
		return client.Login(ctx, orylogin.Password{
			Identifier: "robot@example.com",
			Password:   orylogin.NewSecret("correct horse battery staple"),
		})
	}

	store := session.NewFileStore(filepath.Join(dir, "session.json")) // one file for each server and user
	logOut := func() error {
		kept, err := store.Load(ctx)
		if !kept.Token.IsZero() { // also if others can read the file
			err = client.Logout(ctx, kept.Token)
		}
		if err != nil && !errors.Is(err, orylogin.ErrUnknownToken) {
			return err // the session may still exist
		}
		return store.Delete(ctx)
	}
	tokenOfPerson := func() (orylogin.Secret, error) {
		kept, err := store.Load(ctx)
		switch {
		case err != nil && !kept.Token.IsZero(): // others can read the file
			if err := logOut(); err != nil {
				return orylogin.Secret{}, err
			}
		case err != nil:
			slog.Warn("there is no stored session", "error", err) // for example, the file is damaged
		case !kept.Token.IsZero() && (kept.ExpiresAt.IsZero() || kept.ExpiresAt.After(time.Now())):
			return kept.Token, nil
		}
		login, err := logIn(ctx, client) // there is no session, or an old one
		if err != nil {
			return orylogin.Secret{}, err
		}
		err = store.Save(ctx, session.StoredToken{Token: login.Token, ExpiresAt: login.Session.ExpiresAt})
		if err != nil { // the next run would not find the session
			err = errors.Join(err, client.Logout(context.WithoutCancel(ctx), login.Token))
		}
		return login.Token, err
	}
	forget := func() error {
		if err := client.Ready(ctx); err != nil && orylogin.OutcomeOf(err) != orylogin.OutcomeUnknownAnswer { // it is if a proxy does not pass on /health/ready
			return err // the token may still be valid
		}
		return logOut()
	}
	damaged := os.WriteFile(filepath.Join(dir, "session.json"), []byte("{"), 0o600)
	if damaged != nil {
		log.Fatal(damaged)
	}
	for range 2 {
		token, err := tokenOfPerson()
		if err != nil {
			log.Fatal(err)
		}
		transport := &session.Transport{Source: session.Static(token), Hosts: []string{"api.example.com"}}
		fmt.Println("calls", transport.Hosts)
	}
	for _, end := range []func() error{forget, logOut, logOut} {
		if err := end(); err != nil {
			log.Fatal(err)
		}
		if _, err := tokenOfPerson(); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// asking the person
	// calls [api.example.com]
	// calls [api.example.com]
	// asking the person
	// asking the person
	// asking the person
}

// inherited is the store of a program that begins with the token of a person.
type inherited struct {
	session.Store               // the program's own file
	person        session.Store // the person's file, which is only read
}

// Load returns the program's own token, or else the person's.
func (s inherited) Load(ctx context.Context) (session.StoredToken, error) {
	own, err := s.Store.Load(ctx)
	if err != nil || !own.Token.IsZero() {
		return own, err
	}
	return s.person.Load(ctx)
}

// A service demands a second factor, and its client asks the person for one.
//
//nolint:noctx // to be short
func ExampleRefusalOf() {
	ctx := context.Background()
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	guard, err := session.NewGuard(client, session.RequireFreshAAL2(10*time.Minute, ""))
	if err != nil {
		log.Fatal(err)
	}
	service := httptest.NewServer(guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "paid")
	})))
	defer service.Close()
	next := func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		if step.Err != nil {
			return nil, step.Err // a program with a user shows the messages and asks again
		}
		fmt.Println("asking the person")
		return orylogin.LookupSecret{Secret: orylogin.NewSecret("backup code")}, nil
	}
	login, err := client.Login(ctx, orylogin.Password{
		Identifier: "grace@example.com",
		Password:   orylogin.NewSecret("correct horse battery staple"),
	})
	if err != nil {
		log.Fatal(err)
	}

	web := &http.Client{Transport: &session.Transport{
		Source: session.Static(login.Token),
		Hosts:  []string{strings.TrimPrefix(service.URL, "http://")},
	}}
	answer, err := withSecondFactor(ctx, client, login.Token, next, func() (*http.Response, error) {
		return web.Post(service.URL+"/pay", "", nil)
	})
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
	// Output:
	// asking the person
	// paid
}

// withSecondFactor sends a request to a service. If the service demands a second factor, it asks the
// person for one, and sends the request once more.
func withSecondFactor(
	ctx context.Context, client *orylogin.Client, token orylogin.Secret,
	next func(context.Context, orylogin.Step) (orylogin.Method, error), send func() (*http.Response, error),
) (*http.Response, error) {
	answer, err := send()
	if err != nil {
		return nil, err
	}
	refusal := session.RefusalOf(answer)
	if refusal == nil || refusal.Outcome != orylogin.OutcomeSecondFactor {
		return answer, nil
	}
	_ = answer.Body.Close()
	options := orylogin.FlowOptions{AAL: orylogin.AAL2, Refresh: true}
	if _, err := client.Converse(ctx, options, next, orylogin.WithSessionToken(token)); err != nil {
		return nil, err
	}
	return send()
}

// A handler is tested without its guard.
func ExampleNewContext() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := session.FromContext(r.Context())
		_, _ = fmt.Fprintf(w, "hello %s", who.Identity.Traits)
	})
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)

	who := &orylogin.Session{Session: api.Session{
		ID: "a session", AuthenticatorAssuranceLevel: api.AAL1,
		Identity: &api.Identity{ID: "ada", Traits: json.RawMessage(`{"email":"ada@example.com"}`)},
	}}
	r = r.WithContext(session.NewContext(r.Context(), who))
	handler.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: hello {"email":"ada@example.com"}
}

// A site sends browsers to its own pages in place of the JSON answers.
func ExampleWithRefusal() {
	client, err := orylogin.New(kratosURL)
	if err != nil {
		log.Fatal(err)
	}
	guard, err := session.NewGuard(client,
		session.WithLoginURL("https://www.example.com/login"),
		session.RequireAAL2("https://auth.example.com/self-service/login/browser?aal=aal2"),
		session.WithRefusal(func(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
			if refusal.URL == "" {
				refusal.ServeHTTP(w, r)
				return
			}
			http.Redirect(w, r, refusal.URL, http.StatusSeeOther)
		}))
	if err != nil {
		log.Fatal(err)
	}
	answer := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	guard.Wrap(http.NotFoundHandler()).ServeHTTP(answer, request)
	fmt.Println(answer.Code, answer.Header().Get("Location"))
	// Output: 303 https://www.example.com/login
}
