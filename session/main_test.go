package session_test

import (
	"os"
	"testing"

	"github.com/orylogin/orylogin/orylogintest"
)

// kratosURL is the server of the examples.
var kratosURL string

func TestMain(m *testing.M) {
	t := &exampleT{}
	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{ID: "i", Email: "robot@example.com", Password: "correct horse battery staple"})
	server.AddIdentity(orylogintest.Identity{
		Email: "grace@example.com", Password: "correct horse battery staple", LookupSecrets: []string{"backup code"},
	})
	kratosURL = server.URL
	code := m.Run()
	t.end()
	os.Exit(code)
}

// exampleT stands for the *testing.T that an example does not have.
type exampleT struct {
	testing.TB
	end func()
}

func (*exampleT) Helper()              {}
func (*exampleT) Failed() bool         { return false }
func (t *exampleT) Cleanup(end func()) { t.end = end }
