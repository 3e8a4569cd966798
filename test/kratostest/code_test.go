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

func TestCodesAreReadFromTheMails(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	create(t, kratos, kratostest.Identity{Email: alice.Email})
	submit := newFlow(t, kratos, "", "")
	ask := map[string]any{"method": "code", "identifier": alice.Email}

	require.Equal(t, "sent_email", send(t, http.MethodPost, submit, "", ask).State)
	first, err := kratos.Code(t.Context(), alice.Email)
	require.NoError(t, err)

	again := map[string]any{"method": "code", "identifier": alice.Email, "resend": "code"}
	require.Equal(t, "sent_email", send(t, http.MethodPost, submit, "", again).State)
	second, err := kratos.Code(t.Context(), alice.Email)
	require.NoError(t, err)
	assert.NotEqual(t, first, second)

	give := map[string]any{"method": "code", "identifier": alice.Email, "code": second}
	assert.NotEmpty(t, send(t, http.MethodPost, submit, "", give).SessionToken)
}

func TestTheNewestOfSeveralMailsCounts(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	create(t, kratos, kratostest.Identity{Email: alice.Email})
	ask := map[string]any{"method": "code", "identifier": alice.Email}
	var submit string
	for range 3 {
		submit = newFlow(t, kratos, "", "")
		require.Equal(t, "sent_email", send(t, http.MethodPost, submit, "", ask).State)
	}

	code, err := kratos.Code(t.Context(), alice.Email)
	require.NoError(t, err)
	give := map[string]any{"method": "code", "identifier": alice.Email, "code": code}
	assert.NotEmpty(t, send(t, http.MethodPost, submit, "", give).SessionToken)
}

func TestNoMailIsAnError(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := kratos.Code(ctx, "nobody@example.com")
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}
