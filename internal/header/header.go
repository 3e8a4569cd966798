// Package header judges the headers of requests and reads those of answers.
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

// reserved are the headers that are set by the Client or by net/http, break a native flow when
// set, or, in the case of the idempotency keys, make net/http send a POST twice.
var reserved = strings.Fields("Accept Accept-Encoding Connection Content-Length Content-Type Cookie Expect Host " +
	"Idempotency-Key Origin Range Te Trailer Transfer-Encoding Upgrade X-Idempotency-Key X-Session-Token")

// Add adds a header that a caller of the Client sets. Its errors begin with the name of the
// setter, and show no value.
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

// validName reports whether a header can have that name.
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, host.NotPrintable) && !strings.ContainsAny(name, `()<>@,;:\"/[]?={}`)
}

// ValidValue reports whether a header can have that value.
func ValidValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && isControl(r) })
}

// Printable is for [strings.Map], to drop control characters.
func Printable(r rune) rune {
	if isControl(r) {
		return -1
	}
	return r
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// RetryAfter returns how long the server asks to wait, zero if it does not say. It reads
// Retry-After in its two forms. Ory Network is said to send X-Ratelimit-Reset with a 429
// instead, which was not tried. That one is in seconds, too, unless it is a date: then it is
// more than a day.
func RetryAfter(header http.Header, status int, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	if status == http.StatusTooManyRequests {
		reset, _ := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64) // zero, or too large, if it is none
		if 0 < reset && reset <= 24*60*60 {
			return time.Duration(reset) * time.Second
		}
	}
	return 0
}

// These bound the Cookie header that a browser sends. Browsers and proxies keep it far below
// that.
const (
	MaxCookieBytes = 64 << 10
	maxCookies     = 1000 // of which net/http reads 3,000, and none of more
)

// TooManyCookies reports whether a request has more cookies than are read.
func TooManyCookies(header http.Header) bool {
	line := strings.Join(header["Cookie"], ";")
	return len(line) > MaxCookieBytes || strings.Count(line, ";") >= maxCookies
}
