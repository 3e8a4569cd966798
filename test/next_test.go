package test

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// purposes are what a login can be for, by the rows of the table in docs/browser.md. The folder
// sso has those of single sign-on.
var purposes = map[string]string{
	"empty": "", "`return_to`": "return_to=" + url.QueryEscape(uiURL+"/x"), "`aal=aal2`": "aal=aal2", "`refresh=true`": "refresh=true",
	"`aal=aal2&refresh=true`": "aal=aal2&refresh=true", "`organization`": "organization=" + unknown, "`via`": "via=ada",
}

// leadsTo reads two tables in docs/browser.md. It says for each outcome and purpose what is next.
func leadsTo(t *testing.T) map[string]map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../docs/browser.md")
	require.NoError(t, err)
	all, byQuery := rowsOf(t, string(page), "| Outcome | When |"), rowsOf(t, string(page), "| Query |")
	table := map[string]map[string][]string{}
	add := func(outcome, purpose, cell string) {
		if table[outcome] == nil {
			table[outcome] = map[string][]string{}
		}
		table[outcome][purpose] = append(table[outcome][purpose], cell)
	}
	for _, row := range byQuery[1:] {
		for i, cell := range row[1:] {
			for outcome := range strings.SplitSeq(byQuery[0][1+i], ", ") {
				add(strings.Trim(outcome, "`"), row[0], cell)
			}
		}
		for _, each := range all[1:] {
			if each[2] != "depends on the query" {
				add(strings.Trim(each[0], "`"), row[0], each[2])
			}
		}
	}
	require.Greater(t, len(table), 20)
	return table
}

// rowsOf returns the cells of the table that begins with the head.
func rowsOf(t *testing.T, page, head string) [][]string {
	t.Helper()
	_, rest, found := strings.Cut(page, "\n"+head)
	require.True(t, found, head)
	table, _, _ := strings.Cut(head+rest, "\n\n")
	var rows [][]string
	for line := range strings.Lines(table) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "|---") {
			rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
		}
	}
	return rows
}

// surfer is a browser in which a login has begun.
type surfer struct {
	*person
	kratos *kratostest.Server
	key    kratostest.TOTPKey
	byForm bool
	query  string
	flow   *orylogin.Flow

	besides string // more of the page's query, besides the flow's id
}

// on calls do with a visit to the page with the query.
func (s *surfer) on(query string, do func(*orylogin.Visit) orylogin.Next) orylogin.Next {
	s.t.Helper()
	s.page = "/login?" + query
	var next orylogin.Next
	s.visit(func(v *orylogin.Visit) { next = do(v) })
	return next
}

func (s *surfer) begin(query string) {
	s.t.Helper()
	s.query = query
	next := s.on(query, func(v *orylogin.Visit) orylogin.Next {
		return v.Start(s.t.Context(), v.AfterFlow(v.GetFlow(s.t.Context(), "")))
	})
	require.NotNil(s.t, next.Flow, "%v", next.Err)
	s.flow = next.Flow
}

// open opens the page of a flow.
func (s *surfer) open(id string) orylogin.Next {
	s.t.Helper()
	return s.on("flow="+id+"&"+s.query, func(v *orylogin.Visit) orylogin.Next {
		return v.AfterFlow(v.GetFlow(s.t.Context(), id))
	})
}

// submit submits what the flow asks for. The query of the page has the flow's id and the text
// in besides.
func (s *surfer) submit(password string) orylogin.Next {
	s.t.Helper()
	method := orylogin.Method(orylogin.Password{Identifier: ada.Email, Password: orylogin.NewSecret(password)})
	fields := url.Values{"method": {"password"}, "identifier": {ada.Email}, "password": {password}}
	if s.flow.RequestedAAL == orylogin.AAL2 {
		code, err := s.key.Code(time.Now())
		require.NoError(s.t, err)
		if password != secret.Reveal() {
			code = "000000"
		}
		method = orylogin.TOTP{Code: orylogin.NewSecret(code)}
		fields = url.Values{"method": {"totp"}, "totp_code": {code}}
	}
	fields["csrf_token"] = s.flow.Choices("csrf_token")
	return s.on("flow="+s.flow.ID+s.besides, func(v *orylogin.Visit) orylogin.Next {
		if s.byForm {
			return v.AfterLogin(v.SubmitForm(s.t.Context(), s.flow.ID, fields))
		}
		return v.AfterLogin(v.Submit(s.t.Context(), s.flow, method))
	})
}

// comesTo has a way to bring a login to each outcome with a real server.
var comesTo = map[orylogin.Outcome]func(*surfer) orylogin.Next{
	orylogin.OutcomeLoggedIn: func(s *surfer) orylogin.Next { return s.submit(secret.Reveal()) },
	orylogin.OutcomeRefused:  func(s *surfer) orylogin.Next { return s.submit("a wild guess") },
	orylogin.OutcomeExpired: func(s *surfer) orylogin.Next {
		change(s.t, s.kratos, flowsExpire)
		var options orylogin.FlowOptions
		s.on(s.query, func(v *orylogin.Visit) orylogin.Next {
			next := v.AfterFlow(v.GetFlow(s.t.Context(), ""))
			options = *next.Start
			return next
		})
		s.flow = s.create(options)
		change(s.t, s.kratos, flowsLast)
		s.besides = "&" + s.query // the server says nothing about an expired flow that is about a session
		return s.submit(secret.Reveal())
	},
	orylogin.OutcomeCSRF: func(s *surfer) orylogin.Next {
		other := newPerson(s.t, s.client)
		other.create(orylogin.FlowOptions{})
		for name, value := range other.cookies {
			s.cookies[name] = value
		}
		return s.open(s.flow.ID)
	},
	orylogin.OutcomeNotFound: func(s *surfer) orylogin.Next { return s.open(unknown) },
	orylogin.OutcomeForbiddenReturn: func(s *surfer) orylogin.Next {
		return s.on(s.query, func(v *orylogin.Visit) orylogin.Next {
			_, err := v.CreateFlow(s.t.Context(), orylogin.FlowOptions{ReturnTo: "https://evil.example"})
			return v.AfterFlow(nil, err)
		})
	},
	orylogin.OutcomeSecondFactor: func(s *surfer) orylogin.Next {
		change(s.t, s.kratos, highest)
		defer change(s.t, s.kratos, kratostest.Set("session.whoami.required_aal", "aal1"))
		return s.submit(secret.Reveal())
	},
	orylogin.OutcomeDisabled: func(s *surfer) orylogin.Next {
		identity := kratostest.Identity{Email: "eve@example.com", Password: ada.Password, Inactive: true}
		_, _ = s.kratos.CreateIdentity(s.t.Context(), identity) // the identity may exist already
		fields := url.Values{"method": {"password"}, "identifier": {identity.Email}, "password": {ada.Password}}
		fields["csrf_token"] = s.flow.Choices("csrf_token")
		return s.on("flow="+s.flow.ID, func(v *orylogin.Visit) orylogin.Next {
			if s.byForm {
				return v.AfterLogin(v.SubmitForm(s.t.Context(), s.flow.ID, fields))
			}
			return v.AfterLogin(v.Submit(s.t.Context(), s.flow, orylogin.Password{Identifier: identity.Email, Password: secret}))
		})
	},
	orylogin.OutcomeAlreadyLoggedIn: func(s *surfer) orylogin.Next {
		other := &surfer{person: newPerson(s.t, s.client), kratos: s.kratos, key: s.key}
		other.begin("")
		other.submit(secret.Reveal())
		s.cookies["ory_kratos_session"] = other.cookies["ory_kratos_session"]
		return s.submit(secret.Reveal())
	},
}

// TestNextTable brings logins for each purpose to outcomes, by JSON and by form. What is next
// must be what docs/browser.md says.
func TestNextTable(t *testing.T) {
	t.Parallel()
	table := leadsTo(t)
	kratos := kratostest.Start(t, kratostest.Set("selfservice.allowed_return_urls", []string{uiURL}))
	identity, err := kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)
	identity.Email, identity.Password = ada.Email, ada.Password
	key, err := kratos.EnrolTOTP(t.Context(), identity)
	require.NoError(t, err)
	client := newClient(t, kratos.PublicURL, orylogin.WithReturnOrigins(uiURL))
	cells := 0
	for outcome, come := range comesTo {
		for purpose, query := range purposes {
			second := strings.HasPrefix(query, "aal=aal2")
			about := second || query == "refresh=true"
			if about && (outcome == orylogin.OutcomeAlreadyLoggedIn || outcome == orylogin.OutcomeSecondFactor) ||
				second && outcome == orylogin.OutcomeDisabled {
				continue // a session does no harm here, and a user with a session is not disabled
			}
			for _, byForm := range []bool{false, true} {
				s := &surfer{person: newPerson(t, client), kratos: kratos, key: key, byForm: byForm}
				if about {
					s.begin("")
					require.Equal(t, orylogin.OutcomeLoggedIn, s.submit(secret.Reveal()).Outcome)
				}
				s.begin(query)
				next := come(s)
				require.Equal(t, outcome, next.Outcome, "%s, by form %t: %v", purpose, byForm, next.Err)
				require.Contains(t, table[string(outcome)][purpose], inWords(next), "%s for %s, by form %t", outcome, purpose, byForm)
				cells++
			}
		}
	}
	require.Equal(t, 110, cells)
}

// inWords says what is next in the words of the table.
func inWords(next orylogin.Next) string {
	switch {
	case next.Flow != nil:
		return fmt.Sprintf("the form, %d", next.Status)
	case next.URL == uiURL+"/x":
		return "`return_to`"
	case next.URL == uiURL+"/", next.URL == "/":
		return "`/`"
	case next.Start == nil:
		return fmt.Sprintf("problem %d", next.Status)
	}
	var what []string
	for _, each := range []struct {
		name  string
		isFor bool
	}{
		{"`aal`", next.Start.AAL == orylogin.AAL2},
		{"`organization`", next.Start.Organization != ""},
		{"`refresh`", next.Start.Refresh},
		{"`return_to`", next.Start.ReturnTo == uiURL+"/x"},
		{"`via`", next.Start.Via != ""},
	} {
		if each.isFor {
			what = append(what, each.name)
		}
	}
	return strings.TrimSuffix("new flow: "+strings.Join(what, ", "), ": ")
}
