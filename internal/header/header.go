// Package header checks the headers of requests and reads those of answers.
package header

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orylogin/orylogin/internal/host"
)

// reserved are headers that a caller must not set. The Client or net/http sets them, or they
// break a native flow, or, like the idempotency keys, they make net/http send a POST twice.
var reserved = strings.Fields("Accept Accept-Encoding Connection Content-Length Content-Type Cookie Expect Host " +
	"Idempotency-Key Origin Range Te Trailer Transfer-Encoding Upgrade X-Idempotency-Key X-Session-Token")

// Add adds a header that a caller of the Client sets. Its errors begin with the name of the
// setter and show no value.
func Add(header http.Header, setter, name, value string) error {
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	switch {
	case !validName(name):
		return fmt.Errorf("%s: the name is not that of a header", setter)
	case !ValidValue(value):
		return fmt.Errorf("%s: the value has a line break or another control character", setter)
	case slices.Contains(reserved, canonical):
		return fmt.Errorf("%s: %s cannot be set", setter, canonical)
	}
	header.Add(canonical, value)
	return nil
}

// validName reports whether a header can have the name.
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, host.NotPrintable) && !strings.ContainsAny(name, `()<>@,;:\"/[]?={}`)
}

// ValidValue reports whether a header can have the value.
func ValidValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && isControl(r) })
}

// Printable drops control characters when it is passed to [strings.Map].
func Printable(r rune) rune {
	if isControl(r) {
		return -1
	}
	return r
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// RetryAfter returns how long the server asks to wait, or zero if the server does not say. It
// reads both forms of Retry-After. With a 429, Ory Network is said to send X-Ratelimit-Reset
// instead; no test has asked it. That header counts as seconds, up to a day: a larger number is
// a date.
func RetryAfter(header http.Header, status int, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	if status == http.StatusTooManyRequests {
		reset, _ := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64) // zero or too large if it is not a number
		if 0 < reset && reset <= 24*60*60 {
			return time.Duration(reset) * time.Second
		}
	}
	return 0
}

// These constants limit the Cookie header that a browser sends. Browsers and proxies stay far
// below them.
const (
	MaxCookieBytes = 64 << 10
	maxCookies     = 1000 // net/http reads 3,000 cookies, and none at all if there are more
)

// TooManyCookies reports whether a request has more cookies than this module reads.
func TooManyCookies(header http.Header) bool {
	line := strings.Join(header["Cookie"], ";")
	return len(line) > MaxCookieBytes || strings.Count(line, ";") >= maxCookies
}
