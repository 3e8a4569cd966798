package orylogin_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kratosURL is the server of the examples, which gives recorded answers. Ada logs
// in with a password, grace needs a second factor, alan has the password wrong and
// joan is disabled.
var kratosURL string

func TestMain(m *testing.M) {
	kratos := httptest.NewServer(http.HandlerFunc(exampleAnswer))
	kratosURL = kratos.URL
	code := m.Run()
	kratos.Close()
	os.Exit(code)
}

func exampleAnswer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	submission := string(body)
	name := "whoami_none"
	switch {
	case r.URL.Path == "/self-service/login/api" && r.URL.Query().Get("aal") == "aal2":
		name = "create_second_factor"
	case r.URL.Path == "/self-service/login/api":
		name = "create"
	case r.Header.Get("X-Session-Token") == "ory_st_moy9BTwMMC11Pyx4dkGUZTfJaGvxT8ge" && r.URL.Path == "/sessions/whoami":
		name = "whoami"
	case strings.Contains(submission, `"identifier":""`) || strings.Contains(submission, `"password":""`):
		name = "submit_missing_fields"
	case strings.Contains(submission, "oidc"):
		name = "submit_location_change"
	case strings.Contains(submission, `"method":"code"`) && !strings.Contains(submission, `"code":"`):
		name = "submit_code_sent"
	case strings.Contains(submission, "totp"):
		name = "submit_totp"
	case strings.Contains(submission, "grace"):
		name = "submit_second_factor"
	case strings.Contains(submission, "alan"):
		name = "submit_wrong_password"
	case strings.Contains(submission, "joan"):
		name = "submit_disabled_account"
	case strings.Contains(submission, "ada"):
		name = "submit_success"
	}
	file, err := os.Open(filepath.Join("testdata", "v26.2.0", name+".http"))
	if err != nil {
		panic(err)
	}
	defer func() { _ = file.Close() }()
	recorded, err := http.ReadResponse(bufio.NewReader(file), r)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", recorded.Header.Get("Content-Type"))
	w.WriteHeader(recorded.StatusCode)
	if _, err := io.Copy(w, recorded.Body); err != nil {
		panic(err)
	}
}
