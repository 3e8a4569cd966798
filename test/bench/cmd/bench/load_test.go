package main

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/recorded"
)

func newLaboratory(t *testing.T) *laboratory {
	t.Helper()
	script, err := recorded.LoginScript()
	require.NoError(t, err)
	laboratory := &laboratory{ctx: t.Context(), rounds: 1, length: time.Microsecond, script: script}
	t.Cleanup(laboratory.end)
	return laboratory
}

func TestCrowdOverLoopback(t *testing.T) {
	t.Parallel()
	laboratory := newLaboratory(t)
	for _, contender := range contenders.All() {
		cost, err := laboratory.crowdOverLoopback(crowd{contender, 4, 3, 1})
		require.NoError(t, err, contender.Name)
		assert.GreaterOrEqual(t, cost.Connections, 1.0)
		assert.Positive(t, cost.PerSecond)
	}
}

func TestDialsAreCounted(t *testing.T) {
	t.Parallel()
	script, err := recorded.LoginScript()
	require.NoError(t, err)
	server := script.Serve()
	t.Cleanup(server.Close)
	ctx, dialled := countDials(t.Context())
	client, err := contenders.All()[0].New(server.URL, &http.Transport{})
	require.NoError(t, err)
	for range 3 {
		_, err := client.Login(ctx, ada)
		require.NoError(t, err)
	}
	assert.EqualValues(t, 1, dialled.Load())
}

// flaky refuses all logins but every third.
type flaky struct {
	contenders.Client
	tries int
}

var errRefused = errors.New("refused")

func (f *flaky) Login(context.Context, contenders.Credentials) (string, error) {
	f.tries++
	if f.tries%3 != 0 {
		return "", errRefused
	}
	return "a token", nil
}

func TestLoginsAreTriedAgain(t *testing.T) {
	t.Parallel()
	client := &flaky{}
	require.NoError(t, crowd{logins: 2, tries: 3}.logInOften(t.Context(), client))
	assert.Equal(t, 6, client.tries)
	require.ErrorIs(t, crowd{logins: 1, tries: 2}.logInOften(t.Context(), client), errRefused)
}
