package outage_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/hardening/outage"
)

// TestOutages is a short run.
func TestOutages(t *testing.T) {
	var report strings.Builder
	err := outage.Run(t.Context(), 5*time.Second, &report)
	var missing *daemon.Missing
	if errors.As(err, &missing) {
		missing.Skip(t)
	}
	require.NoError(t, err, report.String())
	require.Contains(t, report.String(), "lost: 0\n")
}
