package conformance

import (
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/test/kratostest"
)

// broken lists where an answer breaks the rules that all answers of the release follow.
func (a *Answer) broken(release kratostest.Release) []string {
	words := append(a.brokenType(), a.brokenHeaders(release)...)
	switch a.kind() {
	case flowBody:
		words = append(words, brokenMember(a.object, "state", release >= kratostest.V1_3)...)
	case loginBody:
		words = append(words, brokenMember(a.object, "continue_with", release >= kratostest.V1_3)...)
	case sessionBody:
		words = append(words, brokenMember(a.object, "devices", release >= kratostest.V1_3)...)
	case errorBody:
		words = append(words, brokenEnvelope(a.object.object("error"))...)
	case listBody:
		for _, session := range a.list {
			words = append(words, brokenMember(session, "devices", release >= kratostest.V1_3)...)
		}
	case noBody, otherObject, text:
	}
	return append(words, a.brokenCookies()...)
}

// brokenType checks the content type against the body.
func (a *Answer) brokenType() []string {
	mediaType := a.header.Get("Content-Type")
	usual := "application/json; charset=utf-8"
	if a.kind() == errorBody {
		usual = "application/json"
	}
	if a.kind() == noBody || a.kind() == text || mediaType == usual {
		return nil
	}
	return []string{fmt.Sprintf("type:%q", mediaType)}
}

// brokenHeaders checks the header Ory-Error-Id against the error's id. Releases since v25.4
// have it. It is empty for an error without an id.
func (a *Answer) brokenHeaders(release kratostest.Release) []string {
	values, present := a.header["Ory-Error-Id"]
	switch {
	case a.kind() != errorBody || release < kratostest.V25_4:
		if present {
			return []string{"Ory-Error-Id:" + values[0]}
		}
	case !present:
		return []string{"no-Ory-Error-Id"}
	case values[0] != a.object.object("error").text("id"):
		return []string{"Ory-Error-Id:" + values[0]}
	}
	return nil
}

// brokenMember checks that a member is there if since is true, and is missing if it is false.
func brokenMember(of object, name string, since bool) []string {
	switch _, present := of[name]; {
	case present && !since:
		return []string{"has:" + name}
	case !present && since:
		return []string{"no:" + name}
	}
	return nil
}

// brokenEnvelope checks the three members that each error has.
func brokenEnvelope(envelope object) []string {
	var words []string
	for _, name := range []string{"code", "message", "status"} {
		if envelope[name] == nil {
			words = append(words, "no:"+name)
		}
	}
	return words
}

// brokenCookies checks that scripts cannot read the cookies, and that browsers do not send them
// with requests from other sites.
func (a *Answer) brokenCookies() []string {
	var words []string
	for _, cookie := range a.cookies {
		if !cookie.HttpOnly {
			words = append(words, "readable:"+cookie.Name)
		}
		if cookie.SameSite != http.SameSiteLaxMode {
			words = append(words, "not-lax:"+cookie.Name)
		}
	}
	return words
}
