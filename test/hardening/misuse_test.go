package hardening

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

const callers = 64

// TestConcurrentUse has 64 goroutines use everything that is documented as safe for concurrent
// use.
func TestConcurrentUse(t *testing.T) {
	fake := orylogintest.NewServer(t)
	fake.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password})
	client := fake.Client()
	source, err := session.NewSource(client, asAda)
	require.NoError(t, err)
	guard, err := session.NewGuard(client, session.WithCache(session.NewMemoryCache(1<<20), 1<<30))
	require.NoError(t, err)
	service := httptest.NewServer(guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, found := session.FromContext(r.Context()); !found {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})))
	t.Cleanup(service.Close)
	api := &http.Client{Transport: &session.Transport{Source: source, Hosts: []string{strings.TrimPrefix(service.URL, "http://")}}}
	shared, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)

	work := []func(context.Context) error{
		func(ctx context.Context) error {
			login, err := client.Login(ctx, asAda)
			if err == nil {
				err = client.Logout(ctx, login.Token)
			}
			return err
		},
		func(ctx context.Context) error { return either(client.Refresh(ctx, shared.Token, asAda)) },
		func(ctx context.Context) error { return either(client.Whoami(ctx, shared.Token)) },
		func(ctx context.Context) error {
			visit := client.Visit(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
			flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{})
			if err == nil {
				err = either(visit.Submit(ctx, flow, asAda))
			}
			return err
		},
		func(ctx context.Context) error {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, service.URL, nil)
			if err != nil {
				return err
			}
			response, err := api.Do(request)
			if err != nil {
				return err
			}
			if response.StatusCode != http.StatusOK {
				err = fmt.Errorf("status %d", response.StatusCode)
			}
			return errors.Join(err, response.Body.Close())
		},
		func(context.Context) error {
			if fmt.Sprint(shared, shared.Session, shared.Token, client, source) == "" || !shared.Token.Equal(shared.Token) {
				return errNeither
			}
			return nil
		},
	}
	var group sync.WaitGroup
	for number := range callers {
		group.Go(func() {
			for round := range 6 {
				call := work[(number+round)%len(work)]
				assert.NoError(t, call(t.Context()), "%d", (number+round)%len(work))
			}
		})
	}
	group.Wait()
}

// TestFlowIDs passes ids that are not ids of flows. The server gets each as one parameter of
// the same path, whatever characters it has.
func TestFlowIDs(t *testing.T) {
	fake := orylogintest.NewServer(t)
	client := fake.Client()
	ids := []string{
		"../../admin/identities", "..%2f..%2fadmin", "f?flow=other", "f&flow=other", "f#x", "f;flow=other", "f\r\nCookie: a=b", "f\x00g",
		"\xff\xfe", " ", "f g", "https://elsewhere.example.com/", strings.Repeat("x", 100<<10), "ä", "%zz",
	}
	for number, id := range ids {
		err := either(client.GetFlow(t.Context(), id))
		require.Equal(t, "answer", kindOf(err), "%.40q: %v", id, err)
		err = either(client.Submit(t.Context(), id, asAda))
		require.Equal(t, "answer", kindOf(err), "%.40q: %v", id, err)
		got := fake.Requests(orylogintest.GetFlow)
		require.Len(t, got, number+1)
		require.Equal(t, id, got[number].Query("id"), "%.40q", id)
		require.Equal(t, "/self-service/login/flows", got[number].Path)
		require.Empty(t, got[number].Header("Cookie"))
		require.Equal(t, id, fake.Requests(orylogintest.Submit)[number].Query("flow"))
	}
}

// TestHugeAndBrokenTexts submits texts that no name and no password has.
func TestHugeAndBrokenTexts(t *testing.T) {
	s := newStage(t)
	client, left := s.client(t)
	for name, test := range map[string]struct{ identifier, password, want string }{
		"NUL":            {"ada\x00@example.com", "a\x00b", "answer"},
		"line breaks":    {"ada\r\nCookie: a=b", "a\r\nb", "answer"},
		"JSON":           {`","method":"code","x":"`, `"}{"`, "answer"},
		"huge":           {strings.Repeat("x", 1<<18), strings.Repeat("y", 1<<18), "answer"},
		"invalid UTF-8":  {"ada\xff", "x", "untyped"},
		"half a letter":  {"ada", "\xc3", "untyped"},
		"right to left":  {"\u202eada", "\u0000\ufeff", "answer"},
		"lone surrogate": {"ada", "\xed\xa0\x80", "untyped"},
	} {
		err := either(client.Login(t.Context(), orylogin.Password{Identifier: test.identifier, Password: orylogin.NewSecret(test.password)}))
		require.Error(t, err, name)
		require.NotErrorIs(t, err, errNeither, name)
		require.Equal(t, test.want, kindOf(err), "%s: %v", name, err)
		require.Less(t, len(err.Error()), 1<<10, name)
	}
	require.NoError(t, either(client.Login(t.Context(), asAda)), "the client is as good as before")
	left()
}

// TestZeroValues calls each method of zero values.
func TestZeroValues(t *testing.T) {
	ctx := t.Context()
	for name, client := range map[string]*orylogin.Client{"nil": nil, "zero": {}} {
		require.ErrorContains(t, either(client.Whoami(ctx, marked("token"))), "not made by New", name)
		require.ErrorContains(t, either(client.Login(ctx, asAda)), "not made by New", name)
		require.ErrorContains(t, either(client.CreateFlow(ctx, orylogin.FlowOptions{})), "not made by New", name)
		require.ErrorContains(t, client.Logout(ctx, marked("token")), "not made by New", name)
		require.ErrorContains(t, either(client.Refresh(ctx, marked("token"), asAda)), "not made by New", name)
		require.ErrorContains(t, client.OtherSessions(marked("token")).RevokeAll(ctx), "not made by New", name)
	}
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	for name, visit := range map[string]*orylogin.Visit{
		"nil": nil, "zero": {}, "no client": (*orylogin.Client)(nil).Visit(httptest.NewRecorder(), request),
		"zero client": (&orylogin.Client{}).Visit(nil, request), "no request": orylogintest.NewServer(t).Client().Visit(nil, nil),
	} {
		flow := &orylogin.Flow{SelfServiceLoginFlow: api.SelfServiceLoginFlow{ID: "f"}}
		for _, err := range []error{
			either(visit.CreateFlow(ctx, orylogin.FlowOptions{})), either(visit.GetFlow(ctx, "f")), either(visit.Submit(ctx, flow, asAda)),
			either(visit.SubmitForm(ctx, "f", url.Values{"a": {"b"}})), either(visit.Whoami(ctx)), either(visit.GetError(ctx, "e")),
			visit.Logout(ctx), visit.OtherSessions().RevokeAll(ctx),
		} {
			require.ErrorIs(t, err, orylogin.ErrInvalidCall, name)
		}
		require.Empty(t, visit.CookieLines(), name)
		require.NotPanics(t, func() { renderings(visit) }, name)
	}
	for _, err := range []error{
		&orylogin.APIError{}, &orylogin.ValidationError{}, &orylogin.NextStepError{}, &orylogin.SecondFactorError{}, &orylogin.ExpiredError{},
		&orylogin.VerificationError{}, &orylogin.LocationChangeError{}, &orylogin.RedirectError{}, &orylogin.TransportError{},
		&orylogin.RegistrationError{}, &orylogin.SessionChangedError{},
	} {
		require.NotPanics(t, func() {
			require.NotEmpty(t, err.Error())
			require.NotEmpty(t, orylogin.OutcomeOf(err))
			require.NotErrorIs(t, err, orylogin.ErrInvalidCredentials)
			renderings(err)
		}, "%T", err)
	}
	for _, value := range []any{
		orylogin.Secret{},
		orylogin.Login{},
		orylogin.Session{},
		orylogin.OtherSessions{},
		orylogin.Flow{},
		orylogin.Step{},
		(*orylogin.Flow)(nil), (*orylogin.Session)(nil),
		(*orylogin.Login)(nil), orylogin.Messages(nil),
		orylogin.Visit{},
		orylogin.ErrorRecord{},
		orylogin.Event{},
		session.Refusal{},
		session.StoredToken{},
	} {
		require.NotPanics(t, func() { renderings(value) }, "%T", value)
	}
	var flow *orylogin.Flow
	require.Empty(t, flow.Methods())
	require.Empty(t, flow.Document())
	require.Empty(t, (*orylogin.Session)(nil).Document())
	require.Empty(t, flow.Messages())
	require.False(t, flow.CodeSent())
	w := httptest.NewRecorder()
	(*session.Guard)(nil).Wrap(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code, "a middleware that is not there lets nobody in")
}
