package kratostest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

func TestSettingsReachKratos(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t, kratostest.Set("selfservice.flows.login.lifespan", "10ms"))
	create(t, kratos, alice)
	submit := newFlow(t, kratos, "", "")
	time.Sleep(20 * time.Millisecond)
	expired := send(t, http.MethodPost, submit, "", map[string]any{
		"method": "password", "identifier": alice.Email, "password": alice.Password,
	})
	assert.Equal(t, http.StatusGone, expired.Status)
}

func TestSettingsThatKratosRefusesFailAtOnce(t *testing.T) {
	t.Parallel()
	start := time.Now()
	_, err := kratostest.Run(t.Context(), kratostest.Set("log.level", "loud"))
	require.ErrorContains(t, err, "ended before it was ready")
	require.ErrorContains(t, err, "loud", "the log belongs to the error")
	assert.Less(t, time.Since(start), 20*time.Second)
}

func TestSettingsThatMakeNoSenseAreErrors(t *testing.T) {
	t.Parallel()
	_, err := kratostest.Run(t.Context(), kratostest.Set("dsn.more", "x"))
	require.ErrorContains(t, err, "dsn is not an object")
	_, err = kratostest.Run(t.Context(), kratostest.Set("dsn", make(chan int)))
	assert.ErrorContains(t, err, "set dsn")
}

func TestTheEnvironmentDoesNotReachKratos(t *testing.T) {
	t.Setenv("SELFSERVICE_FLOWS_LOGIN_LIFESPAN", "1ns")
	t.Setenv("DSN", "no database")
	kratos := kratostest.Start(t)
	create(t, kratos, alice)
	assert.Equal(t, http.StatusOK, logIn(t, kratos, alice.Email, alice.Password).Status)
}

func TestServersShareNothing(t *testing.T) {
	t.Parallel()
	one, other := kratostest.Start(t), kratostest.Start(t)
	create(t, one, alice)
	assert.Equal(t, http.StatusOK, logIn(t, one, alice.Email, alice.Password).Status)
	assert.Equal(t, http.StatusBadRequest, logIn(t, other, alice.Email, alice.Password).Status)
}

func TestStopClosesThePorts(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	require.True(t, listening(t, kratos.PublicURL))
	require.True(t, listening(t, kratos.AdminURL))
	kratos.Stop()
	assert.False(t, listening(t, kratos.PublicURL))
	assert.False(t, listening(t, kratos.AdminURL))
	kratos.Stop()
}

func TestRunStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kratos, err := kratostest.Run(ctx)
	require.NoError(t, err)
	defer kratos.Stop()
	require.True(t, listening(t, kratos.PublicURL))
	cancel()
	<-kratos.Done()
	assert.False(t, listening(t, kratos.PublicURL))
}

func TestStartIsQuick(t *testing.T) {
	kratostest.Start(t) // may build Kratos
	start := time.Now()
	kratostest.Start(t)
	took := time.Since(start)
	t.Logf("started in %s", took.Round(time.Millisecond))
	assert.Less(t, took, 15*time.Second)
}
