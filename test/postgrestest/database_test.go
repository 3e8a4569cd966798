package postgrestest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/postgrestest"
)

// TestRestart checks that data stay when the server restarts.
func TestRestart(t *testing.T) {
	t.Parallel()
	database := postgrestest.Start(t)
	query := func(statement string) []string {
		t.Helper()
		rows, err := database.Query(t.Context(), statement)
		require.NoError(t, err)
		return rows
	}
	query("CREATE TABLE people (name text, age int)")
	query("INSERT INTO people VALUES ('ada', 36), ('alan', 41)")
	require.NoError(t, database.Halt())
	_, err := database.Query(t.Context(), "SELECT 1")
	require.ErrorContains(t, err, "refused")
	require.NoError(t, database.Resume(t.Context()))
	require.Equal(t, []string{"ada|36", "alan|41"}, query("SELECT * FROM people ORDER BY name"))
}
