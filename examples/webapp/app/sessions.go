package app

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
)

type sessionsPage struct {
	Sessions []sessionRow // the present session, and a page of the others
	Others   bool         // there are others
	Older    int          // the number of the next page; zero for none
}

type sessionRow struct {
	ID      string
	This    bool
	Device  string
	Address string
	Since   time.Time
}

// sessions shows where the user is logged in.
func (a *app) sessions(w http.ResponseWriter, r *http.Request) {
	visit := a.visit(w, r)
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		number = 1
	}
	page, err := newSessionsPage(r.Context(), visit, number)
	if err != nil {
		a.logInFor(w, r, "/sessions", visit.AfterFlow(nil, err))
		return
	}
	a.render(w, r, http.StatusOK, "sessions", page)
}

func newSessionsPage(ctx context.Context, visit *orylogin.Visit, number int) (*sessionsPage, error) {
	own, err := visit.Whoami(ctx)
	if err != nil {
		return nil, err
	}
	others, err := visit.OtherSessions().List(ctx, number)
	if err != nil {
		return nil, err
	}
	page := &sessionsPage{Sessions: []sessionRow{newSessionRow(own)}, Others: len(others) > 0}
	page.Sessions[0].This = true
	for _, session := range others {
		page.Sessions = append(page.Sessions, newSessionRow(session))
	}
	if len(others) == orylogin.SessionsPerPage {
		page.Older = number + 1
	}
	return page, nil
}

// newSessionRow shows the device that last used the session. Servers before v0.11 do not tell
// it.
func newSessionRow(session *orylogin.Session) sessionRow {
	row := sessionRow{ID: session.ID, Device: "A device", Since: session.AuthenticatedAt}
	for _, device := range session.Devices {
		row.Device, row.Address = deviceName(device.UserAgent), device.IPAddress
		if host, _, err := net.SplitHostPort(row.Address); err == nil {
			row.Address = host
		}
	}
	return row
}

// The parts of a User-Agent and their names. The first part that fits counts.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR", "Opera"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
	systems  = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"},
	}
)

// deviceName describes a User-Agent in words. A device can claim any User-Agent, so nothing may
// depend on it.
func deviceName(userAgent string) string {
	name := cmp.Or(named(userAgent, browsers), "A program")
	if system := named(userAgent, systems); system != "" {
		name += " on " + system
	}
	return name
}

func named(userAgent string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(userAgent, name[0]) {
			return name[1]
		}
	}
	return ""
}

// endSession revokes another session of the user.
func (a *app) endSession(w http.ResponseWriter, r *http.Request) {
	visit := a.visit(w, r)
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	a.ended(w, r, visit, visit.OtherSessions().Revoke(r.Context(), r.PostFormValue("id")))
}

// endOtherSessions revokes all other sessions of the user.
func (a *app) endOtherSessions(w http.ResponseWriter, r *http.Request) {
	visit := a.visit(w, r)
	a.ended(w, r, visit, visit.OtherSessions().RevokeAll(r.Context()))
}

// ended shows the sessions that are left.
func (a *app) ended(w http.ResponseWriter, r *http.Request, visit *orylogin.Visit, err error) {
	if err != nil {
		a.logInFor(w, r, "/sessions", visit.AfterFlow(nil, err))
		return
	}
	redirect(w, r, "/sessions")
}
