package orylogin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// origins are the allowed origins, in their normal form.
var origins = []string{
	"https://app.example.com",
	"http://localhost:4455",
	"https://xn--bcher-kva.example",
	"http://127.0.0.1:8080",
	"http://[::1]:8080",
}

func TestSafeRedirect(t *testing.T) {
	t.Parallel()
	check := func(target, want string) {
		t.Helper()
		got, ok := orylogin.SafeRedirect(target, origins...)
		require.Equal(t, want, got, "%q", target)
		require.Equal(t, want != "", ok, "%q", target)
	}
	for _, target := range []string{
		// Paths.
		"/", "/welcome", "/a/b/?x=1&y=%2F%2Fevil.com#top", "/?return_to=https://evil.com//x", "/#//evil.com",
		`/a?b=\c`, "/a//b", "/a:b@c", "/@evil.com", "/https://evil.com", "/caf%C3%A9/100%25/a%2Fb",
		"/.well-known/..a/...", "/a?x=../..//evil.com", "/" + strings.Repeat("a", 8191),
		// Absolute URLs.
		"https://app.example.com/", "https://app.example.com/a/b?c=d#e",
		"http://localhost:4455/self-service/login?flow=1", "https://xn--bcher-kva.example/",
		"http://127.0.0.1:8080/", "http://[::1]:8080/", "https://app.example.com/@evil.com",
		"https://app.example.com/#@evil.com",
	} {
		check(target, target)
	}
	for _, target := range []string{
		// Neither a path nor absolute.
		"", "welcome", "./welcome", "../welcome", "?a=b", "#a", "app.example.com", "app.example.com:443/",
		"://app.example.com/",
		// Scheme-relative, as written or once repaired.
		"//evil.com", "//app.example.com/", "///evil.com", "////evil.com", `/\evil.com`, `\/evil.com`, `\\evil.com`,
		`\evil.com`, `/a\b`, `/#/../\evil.com`, `/?a#\`, "/\t/evil.com", "/\n/evil.com", "/\r\n/evil.com",
		"\t//evil.com", "\x00//evil.com", "/%2f/evil.com", "/%2Fevil.com", "/%5cevil.com", "/a%5Cb",
		"/%09/evil.com", "/a%0d%0aSet-Cookie:b", "/%00", "/%7f",
		// Dot segments.
		"/..//evil.com", "/.//evil.com", "/a/..//evil.com", "/a/../b", "/a/..", "/.", "/.?a", "/..#a",
		"/%2e//evil.com", "/%2e%2E//evil.com", "/.%2e//evil.com", "/a/..%2f/evil.com",
		"https://app.example.com/..//evil.com", "https://app.example.com//evil.com",
		`https://app.example.com/\evil.com`, "https://app.example.com/%2fevil.com",
		// Characters.
		" /a", "/a ", "/a b", "/a?b c", "/a\n", "/a\x7f", "/a\u0085", "/caf\u00e9", "/\u2215evil.com",
		"/\uff0fevil.com", "/a\xff", "/%", "/%zz", "/#%zz", "/%c0%af/evil.com", " https://app.example.com/",
		"https://app.example.com/ ", "ht\ntps://app.example.com/", "https://app.example.com\t.evil.com/",
		"/" + strings.Repeat("a", 8192),
		"https://app.example.com?" + strings.Repeat("a", 8192-len("https://app.example.com?")),
		// Other schemes, and URLs without an authority.
		"javascript:alert(1)", "JavaScript://app.example.com/%0aalert(1)", "data:text/html,a", "vbscript:a",
		"mailto:a@app.example.com", "ftp://app.example.com/", "file:///etc/passwd",
		"blob:https://app.example.com/a", "view-source:https://app.example.com/", "https:", "https:evil.com",
		"https:/evil.com", "https:app.example.com", "https:/app.example.com/", "https://",
		"https:///app.example.com/", "https:////app.example.com/", `https:\\app.example.com/`,
		`https:/\app.example.com/`,
		// Other origins.
		"https://evil.com", "http://app.example.com/", "https://app.example.com:80/",
		"https://app.example.com:8443/", "http://localhost/", "https://localhost:4455/",
		"https://app.example.com.evil.com/", "https://sub.app.example.com/", "https://example.com/",
		"https://evil.com#https://app.example.com", "https://evil.com?https://app.example.com/",
		"https://evil.com/https://app.example.com/",
		// User information.
		"https://app.example.com@evil.com/", "https://app.example.com:443@evil.com/", "https://a@app.example.com/",
		"https://a:b@app.example.com/", "https://@app.example.com/", "https://:@app.example.com/",
		`https://evil.com\@app.example.com/`, `https://app.example.com\@evil.com/`,
		"https://evil.com%2f@app.example.com/",
		// Hosts and ports.
		"https://app.example.com./", "https://.app.example.com/", "https://app..example.com/",
		"https://app%2eexample.com/", "https://%61pp.example.com/", "https://app.example.com%00.evil.com/",
		"https://app.example.com%2f.evil.com/", `https://app.example.com\.evil.com/`,
		"https://app.example.com;.evil.com/", "https://b\u00fccher.example/", "https://\u0430pp.example.com/",
		"https://app\u3002example.com/", "https://app.e\u00adxample.com/", "https://xn--pp-6kc.example.com/",
		"https://app.example.com:/", "https://app.example.com:0/", "https://app.example.com:0443/",
		"https://app.example.com:+443/", "https://app.example.com:443:443/", "https://app.example.com:65536/",
		"https://app.example.com:65979/", // 443 modulo 65536
		"https://app.example.com:a/", "https://app.example.com:%34%34%33/", "http://2130706433:8080/",
		"http://0x7f.1:8080/", "http://127.1:8080/", "http://127.0.0.01:8080/", "http://[0:0:0:0:0:0:0:1]:8080/",
		"http://[::1%25eth0]:8080/", "http://[::1%eth0]:8080/", "http://::1:8080/", "http://[::1:8080/",
		"http://[::1].evil.com:8080/", "http://[::1]evil.com:8080/", "http://[127.0.0.1]:8080/",
	} {
		check(target, "")
	}
	for target, normal := range map[string]string{
		"https://app.example.com":           "https://app.example.com/",
		"https://app.example.com?@evil.com": "https://app.example.com/?@evil.com",
		"https://app.example.com#@evil.com": "https://app.example.com/#@evil.com",
		"HTTPS://App.EXAMPLE.com/A":         "https://app.example.com/A",
		"https://app.example.com:443/a":     "https://app.example.com/a",
		"https://app.example.com:443":       "https://app.example.com/",
	} {
		check(target, normal)
	}
}

func TestSafeRedirectAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		entry, target string
		want          bool
	}{
		{"https://app.example.com", "https://app.example.com/", true},
		{"HTTPS://APP.example.com", "https://app.example.com/", true},
		{"https://app.example.com:443", "https://app.example.com/", true},
		{"http://app.example.com:80", "http://app.example.com/", true},
		{"http://app_1", "http://app_1/", true},
		{"http://app.0xg", "http://app.0xg/", true},
		{"http://[2001:db8::1]", "http://[2001:DB8::1]:80/", true},

		{"http://app.example.com:443", "https://app.example.com/", false},
		{"", "https://app.example.com/", false},
		{"*", "https://app.example.com/", false},
		{"https://", "https:///", false},
		{"https://*.example.com", "https://app.example.com/", false},
		{"https://*.example.com", "https://*.example.com/", false},
		{"https://.example.com", "https://app.example.com/", false},
		{"app.example.com", "https://app.example.com/", false},
		{"//app.example.com", "https://app.example.com/", false},
		{"https:app.example.com", "https://app.example.com/", false},
		{"https://app.example.com/", "https://app.example.com/", false},
		{"https://app.example.com/a", "https://app.example.com/a", false},
		{"https://app.example.com?", "https://app.example.com/", false},
		{"https://app.example.com#", "https://app.example.com/", false},
		{" https://app.example.com", "https://app.example.com/", false},
		{"https://app.example.com\n", "https://app.example.com/", false},
		{"https://a@app.example.com", "https://app.example.com/", false},
		{"https://app.example.com.", "https://app.example.com./", false},
		{"https://app.example.com:", "https://app.example.com/", false},
		{"https://app.example.com:0", "https://app.example.com:0/", false},
		{"https://%61pp.example.com", "https://app.example.com/", false},
		{"https://b\u00fccher.example", "https://b\u00fccher.example/", false},
		{"https://b\u00fccher.example", "https://xn--bcher-kva.example/", false},
		{"https://\u212a.example", "https://k.example/", false}, // the Kelvin sign
		{"ftp://app.example.com", "ftp://app.example.com/", false},
		{"javascript://app", "javascript://app/", false},
		{"http://0x7f.1", "http://0x7f.1/", false},
		{"http://2130706433", "http://2130706433/", false},
		{"http://app.0x", "http://app.0x/", false},
		{"http://[fe80::1%25eth0]", "http://[fe80::1%25eth0]/", false},
		{"http://[]", "http://[]/", false},
	} {
		_, ok := orylogin.SafeRedirect(tt.target, "https://other.example.com", tt.entry)
		require.Equal(t, tt.want, ok, "%q with %q", tt.target, tt.entry)
	}

	got, ok := orylogin.SafeRedirect("/welcome")
	require.True(t, ok, "a path needs no allowed origin")
	require.Equal(t, "/welcome", got)
	_, ok = orylogin.SafeRedirect("https://app.example.com/")
	require.False(t, ok)
}

func FuzzSafeRedirect(f *testing.F) {
	for _, target := range []string{
		"/", "/a/b?c=d#e", "//evil.com", `/\evil.com`, `/#/../\evil.com`, "/%2f/evil.com", "/a/..//evil.com",
		"https://app.example.com:443/a", "http://[::1]:8080?a", "https://app.example.com@evil.com", "http://127.1:8080",
	} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got, ok := orylogin.SafeRedirect(target, origins...)
		if !ok {
			require.Empty(t, got)
			return
		}
		require.NotEmpty(t, got)
		require.LessOrEqual(t, len(got), 8<<10)
		require.False(t, strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f }), "%q", got)

		u, err := url.Parse(got)
		require.NoError(t, err)
		require.Empty(t, u.Opaque)
		require.Nil(t, u.User)
		require.True(t, strings.HasPrefix(u.Path, "/"), "%q", got)
		require.False(t, strings.HasPrefix(u.Path, "//"), "%q", got)
		require.NotContains(t, u.Path, `\`)

		origin := origins[0]
		if u.Host == "" {
			require.Empty(t, u.Scheme)
			require.Equal(t, target, got, "a path is sent as it came")
		} else {
			origin = u.Scheme + "://" + u.Host
			require.True(t, slices.Contains(origins, origin), "%q", got)
			require.True(t, strings.HasPrefix(got, origin+"/"), "%q", got)
		}

		again, ok := orylogin.SafeRedirect(got, origins...)
		require.True(t, ok, "%q", got)
		require.Equal(t, got, again)

		// Neither a browser nor http.Redirect takes it to another place.
		base, err := url.Parse(origins[0] + "/self-service/login")
		require.NoError(t, err)
		resolved := base.ResolveReference(u)
		require.Equal(t, origin, resolved.Scheme+"://"+resolved.Host)
		w := httptest.NewRecorder()
		http.Redirect(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil), got, http.StatusSeeOther)
		location := w.Header().Get("Location")
		if u.Host == "" {
			require.Regexp(t, `^/([^/\\]|$)`, location)
		} else {
			require.Equal(t, got, location)
		}
	})
}
