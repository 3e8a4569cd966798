package session_test

import (
	"net/http/httptest"
	"os"
	"testing"
)

// kratosURL is the server of the examples, which logs in anybody.
var kratosURL string

func TestMain(m *testing.M) {
	kratos := httptest.NewServer(newFake())
	kratosURL = kratos.URL
	code := m.Run()
	kratos.Close()
	os.Exit(code)
}
