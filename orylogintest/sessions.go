package orylogintest

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const sessionsPath = "/sessions/"

// others returns the other sessions of the same person. Except in old releases, the newest
// login comes first.
func (c *call) others(own *session) []*session {
	others := slices.DeleteFunc(slices.Clone(c.sessions), func(s *session) bool { return s == own || s.person != own.person })
	if !c.newestFirst {
		return others
	}
	slices.SortStableFunc(others, func(a, b *session) int { return b.authed.Compare(a.authed) })
	return others
}

// listSessions answers with a page of the other valid sessions.
func (c *call) listSessions() {
	own := c.session()
	switch {
	case !c.ownSessions:
		c.setCSRFCookie()
		c.pageNotFound()
		return
	case own == nil:
		c.fail(noSessionCookie())
		return
	case c.listNeedsAAL && c.owesSecondFactor(own):
		c.fail(c.secondFactorOwed())
		return
	}
	valid := slices.DeleteFunc(c.others(own), func(s *session) bool { return !c.isValid(s) })
	size := min(max(1, c.number("per_page", 250)), 1000)
	first := min(len(valid), (max(1, c.number("page", 1))-1)*size)
	var page []object
	if c.newestFirst {
		page = []object{} // old releases answer null
	}
	for _, s := range valid[first:min(len(valid), first+size)] {
		page = append(page, c.sessionJSON(s))
	}
	c.write(http.StatusOK, page)
}

// number returns a parameter as a number. If the parameter is not a number, it returns
// otherwise.
func (c *call) number(name string, otherwise int) int {
	number, err := strconv.Atoi(c.query(name))
	if err != nil {
		return otherwise
	}
	return number
}

// revokeOtherSessions revokes the other sessions. Its count includes sessions that had ended
// before.
func (c *call) revokeOtherSessions() {
	own := c.session()
	switch {
	case !c.ownSessions:
		c.setCSRFCookie()
		c.fail(csrfViolation())
	case own == nil:
		c.fail(noSessionCookie())
	default:
		others := c.others(own)
		for _, s := range others {
			s.revoked = true
		}
		c.write(http.StatusOK, object{"count": len(others)})
	}
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// revokeSession revokes another session. The answer does not say whether there was one.
func (c *call) revokeSession() {
	own, id := c.session(), strings.ToLower(strings.TrimPrefix(c.r.URL.Path, sessionsPath))
	switch {
	case !c.ownSessions:
		c.setCSRFCookie()
		c.fail(csrfViolation())
	case own == nil:
		c.fail(noSessionCookie())
	case !uuid.MatchString(id):
		c.fail(failure{status: http.StatusBadRequest, text: "uuid: incorrect UUID"})
	case id == own.id:
		c.fail(failure{status: http.StatusBadRequest, text: "cannot revoke current session"})
	default:
		for _, s := range c.others(own) {
			s.revoked = s.revoked || s.id == id
		}
		c.w.WriteHeader(http.StatusNoContent)
	}
}

func noSessionCookie() failure {
	return failure{
		status: http.StatusUnauthorized, reason: "No valid session cookie found.", text: "The request could not be authorized",
	}
}
