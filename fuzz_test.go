package orylogin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/methodtest"
)

// operationNames gives each operation a number for the fuzzer.
var operationNames = []string{"create", "exchange", "get", "logout", "submit", "whoami", "list", "revoke", "revokeall"}

// FuzzAnswer has a server with any answer.
func FuzzAnswer(f *testing.F) {
	for _, answer := range recordedAnswers(f) {
		f.Add(answer.operation, answer.status, answer.header.Get("Content-Type"), answer.header.Get("Location"), answer.body)
	}
	for _, body := range []string{
		complete + `}`, complete + `,"error":{"id":"hunter2","message":"hunter2"}}`,
		`{"id":"hunter2","ui":{"messages":[{"id":4000006,"type":"error","text":"hunter2"}]}}`,
		`{"error":{"id":"hunter2","reason":"hunter2","details":{"hunter2":"hunter2"}},"redirect_browser_to":"hunter2"}`,
		`{"error":{"code":410},"use_flow_id":"hunter2","expired_at":"hunter2","since":"hunter2"}`,
		`{"session_token":"[redacted]","session":{"id":"hunter2"}}`, `hunter2`, `{"hunter2`,
		`{"ui":{"nodes":[{"attributes":{"data":{"hunter2":1}}}]}}`,
		`{"id":"f","ui":{"nodes":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}`,
	} {
		for operation := range operationNames {
			f.Add(byte(operation), 200, "application/json", "", []byte(body))
			f.Add(byte(operation), 422, "application/json; charset=hunter2", "https://hunter2/", []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, operation byte, status int, contentType, location string, body []byte) {
		name := operationNames[int(operation)%len(operationNames)]
		client := (&fixed{status: status, body: body, header: http.Header{
			"Content-Type": {contentType}, "Location": {location}, "Retry-After": {location},
		}}).client(t)
		before := allocated()
		err := operations[name](t.Context(), client)
		require.Less(t, allocated()-before, uint64(128<<20+32*len(body)), "the memory that an answer takes")
		if err == nil {
			require.Equal(t, 2, status/100, "a success needs the status of one")
			return
		}
		requireTyped(t, err, status)
	})
}

// allocated returns how many bytes were allocated so far.
func allocated() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64()
}

// requireTyped requires that the error of an answer has a type and the status, and that its
// text is a short line without any text from the server.
func requireTyped(t *testing.T, err error, status int) {
	t.Helper()
	got := outcomeOf(err)
	require.NotContains(t, []string{"success", "untyped", "Transport"}, got.kind, "%v", err)
	require.Equal(t, status, got.status)
	for _, text := range []string{chain(err), fmt.Sprintf("%+v %#v %q", err, err, err), logged(err)} {
		require.NotContains(t, text, "hunter2")
	}
	require.Less(t, len(err.Error()), 1<<10)
	require.False(t, strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }), "%q", err.Error())
	encoded, marshalErr := json.Marshal(err)
	require.NoError(t, marshalErr)
	require.NotContains(t, string(encoded), "hunter2")
}

// FuzzLogin checks that only a complete login counts as a login.
func FuzzLogin(f *testing.F) {
	for _, answer := range recordedAnswers(f) {
		f.Add(answer.status, answer.body)
	}
	f.Add(200, []byte(complete+`}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		client := inJSON(status, string(body)).client(t)
		login, err := client.Submit(t.Context(), flowID, password)
		if err != nil {
			require.Nil(t, login)
			return
		}
		require.False(t, login.Token.IsZero())
		require.NotEmpty(t, login.Session.ID)
		require.True(t, login.Session.Active)
		require.NotEmpty(t, login.Session.Identity.ID)
		for _, text := range []string{fmt.Sprintf("%v %+v %#v", login, login, *login), logged(login)} {
			if len(login.Token.Reveal()) > 40 {
				require.NotContains(t, text, login.Token.Reveal())
			}
		}
	})
}

// FuzzFlow checks that the document of a flow is what the server sent, and that reading it
// again gives the same flow.
func FuzzFlow(f *testing.F) {
	for _, answer := range recordedAnswers(f) {
		f.Add(answer.body)
	}
	f.Add([]byte(flowToCome))
	f.Add([]byte(`{"id":"f","ui":{"nodes":[{"attributes":{"title":"in a new form"}}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		client := inJSON(200, string(body)).client(t)
		flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
		if err != nil {
			return
		}
		document := flow.Document()
		require.True(t, bytes.HasPrefix(bytes.TrimSpace(body), document), "%q", document)
		require.True(t, !json.Valid(body) || len(document) == len(bytes.TrimSpace(body)), "%q", document)
		var again orylogin.Flow
		require.NoError(t, json.Unmarshal(document, &again))
		require.Equal(t, flow.SelfServiceLoginFlow, again.SelfServiceLoginFlow)
		require.Equal(t, document, again.Document())
		_, _, _ = flow.Methods(), flow.Messages(), flow.Choices("provider")
		require.Equal(t, fmt.Sprintf("%v %q", flow, flow), fmt.Sprintf("%+v %q", again, again))
	})
}

// FuzzSession is like FuzzFlow, for the session of whoami and that of a login.
func FuzzSession(f *testing.F) {
	for _, answer := range recordedAnswers(f) {
		f.Add(answer.body)
	}
	f.Add([]byte(complete + `}`))
	f.Add([]byte(strings.Replace(complete, `"session":`, `"Session":`, 1) + `}`))
	f.Add([]byte(`{"id":"s","active":true,"identity":{"id":"i"},"devices":[{"location":{"city":"in a new form"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		client := inJSON(200, string(body)).client(t)
		session, err := client.Whoami(t.Context(), token)
		if err == nil {
			requireSameSession(t, body, session)
		}
		login, err := client.Submit(t.Context(), flowID, password)
		if err == nil {
			requireSameSession(t, body, login.Session)
		}
	})
}

func requireSameSession(t *testing.T, body []byte, session *orylogin.Session) {
	t.Helper()
	document := session.Document()
	require.True(t, bytes.Contains(body, document), "%q", document)
	var again orylogin.Session
	require.NoError(t, json.Unmarshal(document, &again))
	require.Equal(t, session.Session, again.Session)
	require.Equal(t, document, again.Document())
}

// FuzzRedirect answers with any redirect. The client must not follow it, and must say that it
// is a redirect.
func FuzzRedirect(f *testing.F) {
	for _, location := range []string{
		"/self-service/login?flow=hunter2", "https://elsewhere.example.com/?code=hunter2", "//hunter2", "", " ", "http://[::1",
		"https://ada:hunter2@elsewhere.example.com", "%zz", "\x00", "javascript:hunter2", "../../x", "https://kratos.example.com",
	} {
		for _, status := range []int{300, 301, 302, 303, 304, 307, 308, 399, 200, 400} {
			f.Add(status, location)
		}
	}
	f.Fuzz(func(t *testing.T, status int, location string) {
		answer := &fixed{status: status, header: http.Header{"Location": {location}}}
		err := operations["submit"](t.Context(), answer.client(t))
		answer.only(t)
		requireTyped(t, err, status)
		var redirect *orylogin.RedirectError
		require.Equal(t, status/100 == 3 && location != "", errors.As(err, &redirect))
		if redirect != nil {
			require.NotEmpty(t, redirect.Location)
		}
	})
}

func asciiLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// FuzzBaseURL checks that a base URL that New accepts is the one that is called: the same host,
// over a connection that nobody else can read, at a path below its own.
func FuzzBaseURL(f *testing.F) {
	for _, baseURL := range []string{
		"https://auth.example.com", "https://auth.example.com/.ory/kratos/public/", "http://127.0.0.1:4433", "http://[::1]:1//",
		"https://ada:hunter2@auth.example.com", "https://auth.example.com/?hunter2", "http://auth.example.com", "HTTPS://A",
		"https://a/%2f/..", "https://a/b;c=d", `https://a\@b`, "https://a#", "https://a:0", "https:a", "https://a%00b", "https://ä/ö",
		"https://[fe80::1%25eth0]/", "https://a/projects/a%2Fb/kratos", "https://a/self-service/login/nested//", "https://a/..//b", "https://*", "https://a,b", "https://a'b(c)!", "https://a/\x7f",
	} {
		f.Add(baseURL)
	}
	f.Fuzz(func(t *testing.T, baseURL string) {
		var asked []*http.Request
		client, err := orylogin.New(baseURL, orylogin.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				asked = append(asked, r)
				return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody}, nil
			}),
		}))
		if err != nil {
			require.Nil(t, client)
			require.NotContains(t, err.Error(), "hunter2")
			return
		}
		require.NotContains(t, strings.ToLower(fmt.Sprint(client)), "hunter2@")
		given, err := url.Parse(baseURL)
		require.NoError(t, err)
		requireTyped(t, operations["get"](t.Context(), client), http.StatusTeapot)
		require.Len(t, asked, 1)
		target := asked[0].URL
		require.Equal(t, given.Scheme, target.Scheme)
		require.True(t, strings.EqualFold(given.Hostname(), target.Hostname()))
		require.Equal(t, strings.Map(asciiLower, target.Hostname()), target.Hostname())
		require.Equal(t, given.Port(), target.Port())
		require.Nil(t, target.User)
		require.True(t, target.Scheme == "https" || slices.Contains([]string{"localhost", "::1"}, strings.ToLower(target.Hostname())) ||
			strings.HasPrefix(strings.TrimPrefix(strings.ToLower(target.Hostname()), "::ffff:"), "127."), "%q", baseURL)
		if hasDots(given.EscapedPath()) {
			require.True(t, strings.HasSuffix(target.EscapedPath(), "/self-service/login/flows"), "%q", baseURL)
		} else {
			base := strings.TrimRight(given.EscapedPath(), "/")
			require.Equal(t, base+"/self-service/login/flows", target.EscapedPath())
		}
		require.Equal(t, url.Values{"id": {flowID}}, target.Query())
	})
}

// hasDots reports whether a path has dot segments.
func hasDots(path string) bool {
	segments := strings.Split(path, "/")
	return slices.Contains(segments, ".") || slices.Contains(segments, "..")
}

// FuzzRetryAfter checks that the header is read in its two forms only, and never as a time in
// the past.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{
		"", "0", "7", "-7", "+7", " 7", "7.5", "1e9", "2147483647", "2147483648", "99999999999999999999", "soon",
		"Fri, 31 Dec 9999 23:59:59 GMT", "Tue, 24 Nov 2020 14:14:16 GMT", "Tuesday, 24-Nov-20 14:14:16 GMT", "Tue Nov 24 14:14:16 2020",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		client := (&fixed{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {value}}}).client(t)
		err := operations["create"](t.Context(), client)
		requireTyped(t, err, http.StatusTooManyRequests)
		var answer *orylogin.APIError
		require.ErrorAs(t, err, &answer)
		require.GreaterOrEqual(t, answer.RetryAfter, time.Duration(0))
		seconds, notSeconds := strconv.Atoi(value)
		_, notDate := http.ParseTime(value)
		if notSeconds != nil && notDate != nil {
			require.Zero(t, answer.RetryAfter)
		}
		if notSeconds == nil && seconds > 0 && seconds <= math.MaxInt32 {
			require.Equal(t, time.Duration(seconds)*time.Second, answer.RetryAfter)
		}
	})
}

// FuzzSecret prints, logs and marshals a secret and values that contain it. The secret must not
// be in the result.
func FuzzSecret(f *testing.F) {
	f.Add("hunter2", "%v")
	f.Add("correct horse battery staple", "%+v")
	f.Add("123456", "%#v")
	f.Add("\x00\xff\n", "%q")
	f.Add("[redacted]", "%x")
	f.Add("hunter2", "% w")
	f.Add("hunter2", "%+.30w")
	f.Add("hunter2", "%-40w")
	f.Add("hunter2", "%060w")
	f.Fuzz(func(t *testing.T, text, verb string) {
		secret := orylogin.NewSecret(text)
		require.Equal(t, text, secret.Reveal())
		require.Equal(t, text == "", secret.IsZero())
		other := orylogin.NewSecret("another secret")
		others := holders(other)
		for name, value := range holders(secret) {
			require.Equal(t, withoutDigest(shown(t, others[name], verb), other), withoutDigest(shown(t, value, verb), secret), name)
		}
	})
}

// holders returns values that contain a secret: each method, and others.
func holders(secret orylogin.Secret) map[string]any {
	all := map[string]any{
		"secret": secret, "login": orylogin.Login{Token: secret}, "owed": &orylogin.SecondFactorError{Token: secret},
		"map": map[string]orylogin.Secret{"a": secret}, "slice": []orylogin.Secret{secret},
	}
	for name, row := range methods {
		all["method "+name] = methodtest.WithSecrets(row.Method, func(string) orylogin.Secret { return secret })
	}
	return all
}

// shown returns all texts in which a value can be shown. It leaves out what depends on the time
// or on an address in memory.
func shown(t *testing.T, value any, verb string) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	lines := []string{string(encoded)}
	for _, each := range []string{verb, "%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if !strings.ContainsAny(each, "p*[") && strings.Count(each, "%") == 1 && !wide.MatchString(each) {
			lines = append(lines, withoutAddress(fmt.Sprintf(each, value)))
		}
	}
	for line := range strings.Lines(logged(value)) {
		_, message, _ := strings.Cut(line, `msg`)
		lines = append(lines, message)
	}
	return strings.Join(lines, "\n")
}

var (
	address = regexp.MustCompile("0x[0-9a-f]+")
	wide    = regexp.MustCompile("[0-9]{4}") // a width with which a text takes megabytes
)

// withoutAddress removes the addresses that fmt prints for a verb that does not fit the value.
func withoutAddress(text string) string {
	if strings.Contains(text, "%!") {
		return address.ReplaceAllString(text, "0x")
	}
	return text
}

// withoutDigest removes the digest of a secret that fmt prints for a verb that does not fit the
// value, and what a flag adds to it. The digest does not reveal the secret.
func withoutDigest(text string, secret orylogin.Secret) string {
	digest := strconv.FormatUint(reflect.ValueOf(secret).FieldByName("digest").Uint(), 10)
	return regexp.MustCompile(`\[\]( digest:)?[ +0]*`+digest+` *( text:)?\[\]`).ReplaceAllLiteralString(text, "digest")
}

// FuzzOneMeaning checks an answer that counts as a success. It must mean the same to a program
// that decodes it without knowing its members, by their exact names: one session, one identity,
// one token and no error.
func FuzzOneMeaning(f *testing.F) {
	for _, answer := range recordedAnswers(f) {
		f.Add(answer.body)
	}
	for _, body := range []string{
		complete + `}`, complete + `,"error":null}`, `{"\u0065rror":1,` + complete[1:] + `}`, complete + `,"session":{"identity":{"id":"j"}}}`,
		oneSession, oneSession + oneSession, `{"id":"s","active":true,"identity":{"id":"i"},"\u0069dentity":{"id":"j"}}`,
		`{"id":"s","active":true,"identity":{"id":"i","se\u017f\u017fion":[{"id":"\\\"{"}]}}`, `{"x":"{\"id\":1","identity" : {"id":"i"},"id":"s","active":true}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client := inJSON(200, string(body)).client(t)
		if login, err := client.Submit(t.Context(), flowID, password); err == nil {
			document := generic(t, body)
			require.Equal(t, login.Token.Reveal(), document["session_token"])
			requireMeans(t, document, document["session"], login.Session)
			requireMeans(t, document, generic(t, login.Session.Document()), login.Session)
		}
		if session, err := client.Whoami(t.Context(), token); err == nil {
			document := generic(t, body)
			requireMeans(t, document, document, session)
		}
	})
}

// generic decodes a document without knowing its members.
func generic(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&document))
	return document
}

func requireMeans(t *testing.T, document map[string]any, means any, session *orylogin.Session) {
	t.Helper()
	require.Nil(t, document["error"])
	members, _ := means.(map[string]any)
	identity, _ := members["identity"].(map[string]any)
	require.Equal(t, session.ID, members["id"])
	require.Equal(t, true, members["active"])
	require.Equal(t, session.Identity.ID, identity["id"])
}
