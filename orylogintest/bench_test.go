package orylogintest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// BenchmarkStart starts a server and stops it.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		test := &shortTest{TB: b}
		orylogintest.NewServer(test)
		test.end()
	}
}

// shortTest is a testing.TB that ends before the benchmark around it.
type shortTest struct {
	testing.TB
	end func()
}

func (t *shortTest) Cleanup(end func()) { t.end = end }

// BenchmarkLogin measures a login, which is two requests. The second benchmark has a server
// that only sends recorded answers, so the difference is the cost of the fake.
func BenchmarkLogin(b *testing.B) {
	server := orylogintest.NewServer(b)
	server.AddIdentity(ada)
	b.Run("fake", func(b *testing.B) { logIn(b, server.Client()) })
	recorded := record(b, server)
	b.Run("canned", func(b *testing.B) {
		client, err := orylogin.New(recorded.URL)
		if err != nil {
			b.Fatal(err)
		}
		logIn(b, client)
	})
}

func logIn(b *testing.B, client *orylogin.Client) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Login(b.Context(), asAda); err != nil {
			b.Fatal(err)
		}
	}
}

// record returns a server that repeats what the fake answers to one login.
func record(b *testing.B, fake *orylogintest.Server) *httptest.Server {
	b.Helper()
	answers := map[string]*httptest.ResponseRecorder{}
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := answers[r.Method]
		if answer == nil {
			answer = httptest.NewRecorder()
			fake.ServeHTTP(answer, r)
			answers[r.Method] = answer
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	b.Cleanup(recorder.Close)
	return recorder
}
