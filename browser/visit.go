package browser

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/bridge"
	"github.com/orylogin/orylogin/internal/invalid"
)

// Visit is one request of a browser, as far as it concerns Kratos. Make one with
// [Client.Visit] for each request. It is not safe for concurrent use.
//
// Its methods take no options: a Visit sends the headers of its client (see
// [orylogin.WithHeader]), the browser's cookies, and what SetDevice sets. There is no
// option for a token, since the session is in a cookie.
type Visit struct {
	client  *Client
	cookies []cookie    // to send to Kratos
	set     []*string   // the Set-Cookie lines that Kratos has sent
	device  http.Header // of the browser, if it is to be passed on
}

// cookie is a cookie as a browser sends it. Its text, and that of a Set-Cookie line,
// sits behind a pointer so that fmt cannot show it.
type cookie struct {
	name  string
	value *string
}

// SetDevice makes Kratos see the browser's User-Agent and address instead of the
// application's. Kratos lists them as a device of the session. Either may be empty. The
// application knows where the address comes from: r.RemoteAddr, or what a trusted proxy
// says. Default: neither is passed on.
//
// The address goes into the header True-Client-IP, which Kratos accepts from anybody:
// let only the application reach Kratos's public API, or have the proxy before it drop
// the header.
func (v *Visit) SetDevice(userAgent string, address netip.Addr) {
	v.device = http.Header{}
	if userAgent = strings.Map(printable, userAgent); userAgent != "" {
		v.device.Set("User-Agent", userAgent)
	}
	if address.IsValid() {
		v.device.Set("True-Client-IP", address.WithZone("").String())
	}
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// WriteCookies writes the cookies that Kratos has set in this visit, unchanged, to the
// header of w. Call it before the status or the body is written, also after errors. It
// writes each cookie once, so that it can be called again.
func (v *Visit) WriteCookies(w http.ResponseWriter) {
	if v == nil {
		return
	}
	for _, line := range v.set {
		w.Header().Add("Set-Cookie", *line)
	}
	v.set = nil
}

// Format prints how many cookies the visit has, whatever the verb.
func (v Visit) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "visit with %d cookies", len(v.cookies))
}

// LogValue shows what Format prints. A nil Visit is none.
func (v *Visit) LogValue() slog.Value {
	if v == nil {
		return slog.StringValue("no visit")
	}
	return slog.StringValue(fmt.Sprint(v))
}

// send sends a request with the visit's cookies, and takes in those of the answer.
func (v *Visit) send(
	ctx context.Context, operation, accept string, call func(context.Context, *api.Client, *string) (*http.Response, error),
) (bridge.Answer, error) {
	if v == nil || v.client == nil {
		return nil, invalid.New("orylogin/browser: the Visit was not made by Client.Visit")
	}
	answer, err := bridge.Send(ctx, v.client.kratos, bridge.Request{
		Operation: operation,
		Accept:    accept,
		Header:    v.device,
		Call: func(ctx context.Context, kratos *api.Client) (*http.Response, error) {
			return call(ctx, kratos, v.cookieHeader())
		},
	})
	if err != nil {
		return nil, err
	}
	for _, line := range answer.Header().Values("Set-Cookie") {
		v.take(line)
	}
	return answer, nil
}

// take keeps a Set-Cookie line for the browser, and the cookie for the next request
// of this visit.
func (v *Visit) take(line string) {
	v.set = append(v.set, &line)
	set := parseSetCookie(line)
	if !v.client.forward(set.name) {
		return
	}
	v.cookies = slices.DeleteFunc(v.cookies, func(c cookie) bool { return c.name == set.name })
	if !deleted(line, set) {
		v.cookies = append(v.cookies, set)
	}
}

// setSession reports whether an answer sets the session cookie.
func (v *Visit) setSession(answer bridge.Answer) bool {
	for _, line := range answer.Header().Values("Set-Cookie") {
		if set := parseSetCookie(line); v.client.isSession(set.name) && !deleted(line, set) {
			return true
		}
	}
	return false
}

// hasSession reports whether the browser has a session cookie.
func (v *Visit) hasSession() bool {
	return slices.ContainsFunc(v.cookies, func(c cookie) bool { return v.client.isSession(c.name) })
}

// parseSetCookie returns the cookie of a Set-Cookie line, as it is written there.
func parseSetCookie(line string) cookie {
	pair, _, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	value = strings.TrimSpace(value)
	return cookie{strings.TrimSpace(name), &value}
}

// deleted reports whether a Set-Cookie line is for its cookie to be deleted. Max-Age
// counts before Expires, as in a browser.
func deleted(line string, set cookie) bool {
	parsed, err := http.ParseSetCookie(line)
	switch {
	case err != nil:
		return *set.value == ""
	case parsed.Value == "" || parsed.MaxAge != 0:
		return parsed.Value == "" || parsed.MaxAge < 0
	default:
		return !parsed.Expires.IsZero() && parsed.Expires.Before(time.Now())
	}
}

// cookieHeader returns the Cookie header, nil for none.
func (v *Visit) cookieHeader() *string {
	if len(v.cookies) == 0 {
		return nil
	}
	pairs := make([]string, len(v.cookies))
	for i, c := range v.cookies {
		pairs[i] = c.name + "=" + *c.value
	}
	header := strings.Join(pairs, "; ")
	return &header
}

// cookiesOf returns the cookies of a request that are to be forwarded, as they are
// written there.
func cookiesOf(header http.Header, forward func(string) bool) []cookie {
	var cookies []cookie
	for _, line := range header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, found := strings.Cut(strings.TrimSpace(pair), "=")
			if found && forward(name) && !slices.ContainsFunc(cookies, func(c cookie) bool { return c.name == name }) {
				cookies = append(cookies, cookie{name, &value})
			}
		}
	}
	return cookies
}
