package orylogin_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

const (
	returnTo     = "https://app.example/x"
	hydraURL     = "https://hydra.example"
	providerURL  = "https://provider.example/authorize"
	verification = "https://app.example/verify?flow=" + flowID
)

// purposes are what a login can be for, as queries of the page.
var purposes = []struct{ name, query string }{
	{"empty", ""},
	{"`return_to`", "return_to=" + returnTo},
	{"`login_challenge`", "login_challenge=c"},
	{"`aal=aal2`", "aal=aal2"},
	{"`refresh=true`", "refresh=true"},
	{"`aal=aal2&refresh=true`", "aal=aal2&refresh=true"},
	{"`organization`", "organization=o"},
	{"`via`", "via=v"},
}

// browsing is a browser in which a login has begun.
type browsing struct {
	t       *testing.T
	server  *orylogintest.Server
	client  *orylogin.Client
	byForm  bool
	query   string // what the login is for
	cookies map[string]string
	flow    *orylogin.Flow
}

func browse(t *testing.T, query string, byForm bool) *browsing {
	t.Helper()
	server := orylogintest.NewServer(t, orylogintest.WithReturnTo(returnTo), orylogintest.WithOAuth2(hydraURL))
	server.AddIdentity(orylogintest.Identity{ID: "i", Email: "ada@example.com", Password: "hunter2", TOTPSecret: "JBSWY3DPEHPK3PXP"})
	server.AddIdentity(orylogintest.Identity{ID: "o", Email: "eve@example.com", Password: "hunter2"})
	client := server.Client(orylogin.WithReturnOrigins("https://app.example"))
	b := &browsing{t: t, server: server, client: client, byForm: byForm, cookies: map[string]string{}}
	if strings.Contains(query, "aal=aal2") || strings.Contains(query, "refresh=true") {
		b.begin("")
		require.Equal(t, orylogin.OutcomeLoggedIn, b.submit(b.fields()).Outcome)
	}
	b.begin(query)
	return b
}

// visit calls do with a visit to the page with the query.
func (b *browsing) visit(query string, do func(*orylogin.Visit) orylogin.Next) orylogin.Next {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, "/login?"+query, nil)
	for name, value := range b.cookies {
		r.Header.Add("Cookie", name+"="+value)
	}
	visit := b.client.Visit(nil, r)
	next := do(visit)
	for _, line := range visit.CookieLines() {
		cookie, err := http.ParseSetCookie(line)
		require.NoError(b.t, err)
		b.cookies[cookie.Name] = cookie.Value
	}
	return next
}

// begin opens the page with the query.
func (b *browsing) begin(query string) {
	b.t.Helper()
	b.query = query
	next := b.visit(query, func(v *orylogin.Visit) orylogin.Next {
		return v.Start(b.t.Context(), v.AfterFlow(v.GetFlow(b.t.Context(), "")))
	})
	require.NotNil(b.t, next.Flow, "%v", next.Err)
	require.Equal(b.t, orylogin.OutcomeNextStep, next.Outcome)
	b.flow = next.Flow
}

// fields returns the right fields for the factor that the flow asks for.
func (b *browsing) fields() url.Values {
	if b.flow.RequestedAAL == orylogin.AAL2 {
		return url.Values{"method": {"totp"}, "totp_code": {orylogintest.TOTP("JBSWY3DPEHPK3PXP", time.Now())}}
	}
	return url.Values{"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"hunter2"}}
}

// submit submits to the flow. The query of the page has only the flow's id.
func (b *browsing) submit(fields url.Values) orylogin.Next {
	b.t.Helper()
	return b.submitIn(b.t.Context(), "flow="+b.flow.ID, fields)
}

func (b *browsing) submitIn(ctx context.Context, query string, fields url.Values) orylogin.Next {
	b.t.Helper()
	return b.visit(query, func(v *orylogin.Visit) orylogin.Next { //nolint:contextcheck // the visit's own is the test's
		if b.byForm {
			fields.Set("csrf_token", cmp.Or(b.flow.Choices("csrf_token")...))
			return v.AfterLogin(v.SubmitForm(ctx, b.flow.ID, fields))
		}
		return v.AfterLogin(v.Submit(ctx, b.flow, methodOf(fields)))
	})
}

func methodOf(fields url.Values) orylogin.Method {
	if fields.Get("method") == "totp" {
		return orylogin.TOTP{Code: orylogin.NewSecret(fields.Get("totp_code"))}
	}
	return orylogin.Password{
		Identifier: fields.Get("identifier"), Password: orylogin.NewSecret(fields.Get("password")),
	}
}

// answered submits to a server with the answer.
func answered(status int, body string) func(*browsing) orylogin.Next {
	return func(b *browsing) orylogin.Next {
		b.server.Respond(orylogintest.Submit, status, strings.ReplaceAll(strings.ReplaceAll(body, "FLOW", b.flow.ID), "SERVER", b.server.URL))
		return b.submit(b.fields())
	}
}

func flowWith(message string) func(*browsing) orylogin.Next {
	return answered(400, `{"id":"FLOW","type":"browser","ui":{"messages":[`+message+`]}}`)
}

func movedTo(target string) func(*browsing) orylogin.Next {
	return answered(422, `{"error":{"id":"browser_location_change_required","code":422},"redirect_browser_to":"`+target+`"}`)
}

// bringing is a way to bring a login to one outcome. If nothing but the page's query says what the
// login is for, it opens the page with that query.
type bringing struct {
	outcome orylogin.Outcome
	what    string
	bring   func(*browsing) orylogin.Next
}

// brought has a way to bring a login to each outcome.
var brought = []bringing{
	{orylogin.OutcomeLoggedIn, "the login is complete", func(b *browsing) orylogin.Next { return b.submit(b.fields()) }},
	{orylogin.OutcomeRefused, "the password, the code or a field is wrong", flowWith(`{"id":4000006,"type":"error"}`)},
	{orylogin.OutcomeNextStep, "a flow was created or fetched, a code was sent, or the account is known now", flowWith(`{"id":1010014,"type":"info"}`)},
	{orylogin.OutcomeSecondFactor, "a second factor is owed", movedTo("SERVER/self-service/login/browser?aal=aal2")},
	{orylogin.OutcomeLocationChange, "the login continues at a provider", movedTo(providerURL)},
	{orylogin.OutcomeVerification, "an address is not verified, and the server has started its verification", answered(403,
		`{"error":{"id":"session_verified_address_required","code":403,"details":{"continue_with":[`+
			`{"action":"show_verification_ui","flow":{"id":"`+flowID+`","url":"`+verification+`"}}]}}}`)},
	{orylogin.OutcomeVerification, "an address is not verified, and the server has not started its verification", flowWith(`{"id":4000010,"type":"error"}`)},
	{orylogin.OutcomeRegistration, "no identity is linked to the provider's account, and the server has created none", answered(400,
		`{"id":"FLOW","type":"browser","ui":{"action":"SERVER/self-service/registration?flow=FLOW"}}`)},
	{orylogin.OutcomeExpired, "the flow is too old", func(b *browsing) orylogin.Next {
		b.server.ExpireFlow(b.flow.ID)
		return b.submitIn(b.t.Context(), "flow="+b.flow.ID+"&"+b.query, b.fields())
	}},
	{orylogin.OutcomeTooManyTries, "too many wrong codes", flowWith(
		`{"id":4000001,"type":"error","text":"The request was submitted too often. Please request another code."}`)},
	{orylogin.OutcomeCSRF, "the flow of another browser, and this one has cookies", func(b *browsing) orylogin.Next {
		for name := range b.cookies {
			if strings.HasPrefix(name, "csrf_token") {
				b.cookies[name] = "another"
			}
		}
		return b.page("flow=" + b.flow.ID + "&" + b.query)
	}},
	{orylogin.OutcomeCSRF, "the flow of another browser, and this one has no cookies", func(b *browsing) orylogin.Next {
		clear(b.cookies)
		return b.page("flow=" + b.flow.ID + "&" + b.query)
	}},
	{orylogin.OutcomeNotFound, "the server does not know the flow", func(b *browsing) orylogin.Next {
		return b.page("flow=" + flowID + "&" + b.query)
	}},
	{orylogin.OutcomeNoSession, "there is no session to add a factor to", answered(401, `{"error":{"id":"session_aal1_required","code":401}}`)},
	{orylogin.OutcomeAlreadyLoggedIn, "the browser is logged in already", answered(400, `{"error":{"id":"session_already_available","code":400}}`)},
	{orylogin.OutcomeForbiddenReturn, "the server does not allow the return_to", func(b *browsing) orylogin.Next {
		b.server.Respond(orylogintest.CreateBrowserFlow, 400, `{"error":{"id":"self_service_flow_return_to_forbidden","code":400}}`)
		return b.visit(b.query, func(v *orylogin.Visit) orylogin.Next {
			start := *v.AfterFlow(v.GetFlow(b.t.Context(), "")).Start
			return v.AfterFlow(v.CreateFlow(b.t.Context(), start))
		})
	}},
	{orylogin.OutcomeDisabled, "the account is disabled", answered(401, `{"error":{"code":401,"reason":"disabled"}}`)},
	{orylogin.OutcomeSessionChanged, "a refresh by somebody else", func(b *browsing) orylogin.Next {
		return b.visit("flow="+b.flow.ID+"&"+b.query, func(v *orylogin.Visit) orylogin.Next {
			return v.AfterLogin(nil, &orylogin.SessionChangedError{})
		})
	}},
	{orylogin.OutcomeRateLimited, "too many requests", answered(429, `{}`)},
	{orylogin.OutcomeMisconfigured, "the server is configured wrongly", answered(500, `{"error":{"id":"invalid_configuration","code":500}}`)},
	{orylogin.OutcomeUnavailable, "the server has failed", answered(500, `{"error":{"code":500}}`)},
	{orylogin.OutcomeUnknownAnswer, "an answer that is none of the server's", answered(200, `{}`)},
	{orylogin.OutcomeNoAnswer, "the network has failed", func(b *browsing) orylogin.Next {
		b.server.Cut(orylogintest.Submit)
		return b.submit(b.fields())
	}},
	{orylogin.OutcomeCanceled, "the browser has gone", func(b *browsing) orylogin.Next {
		ctx, cancel := context.WithCancel(b.t.Context())
		cancel()
		return b.submitIn(ctx, "flow="+b.flow.ID+"&"+b.query, b.fields())
	}},
	{orylogin.OutcomeInvalidCall, "the form is empty", func(b *browsing) orylogin.Next {
		return b.visit("flow="+b.flow.ID+"&"+b.query, func(v *orylogin.Visit) orylogin.Next {
			return v.AfterLogin(v.SubmitForm(b.t.Context(), b.flow.ID, url.Values{}))
		})
	}},
	{orylogin.OutcomeInvalidCall, "the form is too large", func(b *browsing) orylogin.Next {
		fields := url.Values{"method": {"password"}, "password": {strings.Repeat("x", 2<<20)}}
		return b.submitIn(b.t.Context(), "flow="+b.flow.ID+"&"+b.query, fields)
	}},
	{orylogin.OutcomeOther, "any other answer", answered(400, `{"error":{"code":400,"message":"no"}}`)},
}

// page opens the page with a query.
func (b *browsing) page(query string) orylogin.Next {
	b.t.Helper()
	return b.visit(query, func(v *orylogin.Visit) orylogin.Next {
		id, _ := url.ParseQuery(query)
		return v.AfterFlow(v.GetFlow(b.t.Context(), id.Get("flow")))
	})
}

// whatIsNext describes a Next in a few words.
func whatIsNext(next orylogin.Next) string {
	switch {
	case next.Flow != nil:
		return fmt.Sprintf("the form, %d", next.Status)
	case strings.HasPrefix(next.URL, hydraURL):
		return "the OAuth2 server"
	case next.URL != "":
		return map[string]string{"/": "`/`", returnTo: "`return_to`", providerURL: "the provider", verification: "the server's page"}[next.URL]
	case next.Start == nil:
		return fmt.Sprintf("problem %d", next.Status)
	}
	var what []string
	for name, isFor := range map[string]bool{
		"`return_to`": next.Start.ReturnTo == returnTo, "`login_challenge`": next.Start.LoginChallenge == "c",
		"`aal`": next.Start.AAL == orylogin.AAL2, "`refresh`": next.Start.Refresh,
		"`organization`": next.Start.Organization == "o", "`via`": next.Start.Via == "v",
	} {
		if isFor {
			what = append(what, name)
		}
	}
	slices.Sort(what)
	return strings.TrimSuffix("new flow: "+strings.Join(what, ", "), ": ")
}

// TestNextTable brings logins for each purpose to each outcome, by JSON and by form. It checks
// that docs/browser.md says what is next. What depends on the query is in a second table, whose
// columns are the outcomes.
func TestNextTable(t *testing.T) {
	t.Parallel()
	var all, columns strings.Builder
	all.WriteString("| Outcome | When | What is next |\n|---|---|---|\n")
	var byQuery [][]string // the cells of a column
	var heads []string
	for _, row := range brought {
		cells := row.cells(t)
		next := cells[0]
		if slices.ContainsFunc(cells, func(cell string) bool { return cell != next }) {
			next = "depends on the query"
			column := slices.IndexFunc(byQuery, func(other []string) bool { return slices.Equal(cells, other) })
			if column < 0 {
				byQuery, heads = append(byQuery, cells), append(heads, "")
				column = len(heads) - 1
			}
			heads[column] = strings.TrimPrefix(heads[column]+", `"+string(row.outcome)+"`", ", ")
		}
		fmt.Fprintf(&all, "| `%s` | %s | %s |\n", row.outcome, row.what, next)
	}
	columns.WriteString("| Query | " + strings.Join(heads, " | ") + " |\n" + strings.Repeat("|---", 1+len(heads)) + "|\n")
	for i, purpose := range purposes {
		columns.WriteString("| " + purpose.name + " |")
		for _, cells := range byQuery {
			columns.WriteString(" " + cells[i] + " |")
		}
		columns.WriteString("\n")
	}
	page, err := os.ReadFile("docs/browser.md")
	require.NoError(t, err)
	for _, table := range []string{all.String(), columns.String()} {
		assert.Contains(t, string(page), table, "write into docs/browser.md:\n%s", table)
	}
}

// cells brings logins for each purpose to the outcome. It returns what is next after each.
func (row bringing) cells(t *testing.T) []string {
	t.Helper()
	var cells []string
	for _, purpose := range purposes {
		var told [2]string
		for i, byForm := range []bool{false, true} {
			b := browse(t, purpose.query, byForm)
			next := row.bring(b)
			want := row.outcome
			if want == orylogin.OutcomeSecondFactor && b.flow.Refresh {
				want = orylogin.OutcomeSessionChanged // the session before did not owe one
			}
			assert.Equal(t, want, next.Outcome, "%s for %s, by form: %t: %v", row.what, purpose.name, byForm, next.Err)
			if told[i] = whatIsNext(next); want != row.outcome {
				told[i] = "as `" + string(want) + "`"
			}
			b.keeps(want, next)
		}
		assert.Equal(t, told[0], told[1], "%s for %s by JSON and by form", row.what, purpose.name)
		cells = append(cells, told[0])
	}
	return cells
}

// keeps checks that the query of the page still says what the login is for.
func (b *browsing) keeps(outcome orylogin.Outcome, next orylogin.Next) {
	b.t.Helper()
	query, err := url.ParseQuery(next.Action[1:])
	require.NoError(b.t, err)
	want, err := url.ParseQuery(b.query)
	require.NoError(b.t, err)
	if outcome == orylogin.OutcomeForbiddenReturn {
		want.Del("return_to")
	}
	if outcome == orylogin.OutcomeSecondFactor {
		want.Del("refresh")
	}
	for name := range want {
		assert.Equal(b.t, want.Get(name), query.Get(name), "%s for %s", outcome, b.query)
	}
	if next.Flow != nil {
		assert.Equal(b.t, b.flow.ID, query.Get("flow"))
	}
}
