package orylogin_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// The server of the examples. Ada logs in with a password, with a code or with google,
// grace needs a second factor, alan has another password and joan is disabled.
var (
	kratosURL    string
	earlierToken orylogin.Secret // of an earlier login of ada
)

func TestMain(m *testing.M) {
	t := &exampleT{}
	server := orylogintest.NewServer(t, orylogintest.WithHighestAAL(), orylogintest.WithCode(),
		orylogintest.WithProviders("google"), orylogintest.WithReturnTo("com.example.app://login"))
	const password = "correct horse battery staple"
	for _, each := range []orylogintest.Identity{
		{ID: "695dfd80-bbae-4691-a01a-fae1924766ec", Email: "ada@example.com", Password: password},
		{Email: "grace@example.com", Password: password, TOTPSecret: appSecret},
		{Email: "alan@example.com", Password: "another one"},
		{Email: "joan@example.com", Password: password, Disabled: true},
	} {
		server.AddIdentity(each)
	}
	login, err := server.Client().Login(context.Background(), orylogin.Password{
		Identifier: "ada@example.com", Password: orylogin.NewSecret(password),
	})
	if err != nil {
		panic(err)
	}
	kratosURL, earlierToken = server.URL, login.Token
	server.Handle(orylogintest.Submit, withRightCodes(server))
	code := m.Run()
	t.end()
	os.Exit(code)
}

const appSecret = "JBSWY3DPEHPK3PXP"

// withRightCodes replaces 123456, which users type in the examples, by the right code.
func withRightCodes(server *orylogintest.Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for field, code := range map[string]func() string{
			"totp_code": func() string { return orylogintest.TOTP(appSecret, time.Now()) },
			"code":      func() string { return server.Code("ada@example.com") },
		} {
			if typed := []byte(`"` + field + `":"123456"`); bytes.Contains(body, typed) {
				body = bytes.Replace(body, typed, fmt.Appendf(nil, `"%s":"%s"`, field, code()), 1)
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		server.ServeHTTP(w, r)
	})
}

// exampleT stands for the *testing.T that examples do not have.
type exampleT struct {
	testing.TB
	end func()
}

func (t *exampleT) Cleanup(end func())      { t.end = end }
func (*exampleT) Helper()                   {}
func (*exampleT) Failed() bool              { return false }
func (*exampleT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
