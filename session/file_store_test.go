//go:build unix

package session_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

func TestFileStore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "token.json")
	store := session.NewFileStore(path)
	load := func() session.StoredToken {
		t.Helper()
		stored, err := store.Load(t.Context())
		require.NoError(t, err)
		return stored
	}
	require.Zero(t, load())
	require.NoError(t, store.Delete(t.Context()), "there is none")
	expiry := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, token := range []string{"first", "second"} {
		want := session.StoredToken{Token: orylogin.NewSecret(token), ExpiresAt: expiry}
		require.NoError(t, store.Save(t.Context(), want))
		require.Equal(t, want, load())
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		folder, err := os.Stat(filepath.Dir(path))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), folder.Mode().Perm())
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, entries, 1, "nothing else is left")
	}
	require.NoError(t, store.Delete(t.Context()))
	require.NoFileExists(t, path)
	require.Zero(t, load())
}

// TestForeignFiles checks that a store uses no file that another user can have read or written.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	const content = `{"token":"hunter2"}`
	for name, test := range map[string]struct {
		spoil    func(folder, path string) error
		loads    string // part of the error's text
		replaces bool   // Save replaces the file
	}{
		"others can read":       {func(_, path string) error { return os.Chmod(path, 0o604) }, "can be read by other users", true},
		"its group can read":    {func(_, path string) error { return os.Chmod(path, 0o640) }, "can be read by other users", true},
		"others can write":      {func(_, path string) error { return os.Chmod(path, 0o602) }, "can be written by other users", true},
		"a link":                {func(_, path string) error { return link(path) }, "is a link", true},
		"a folder":              {func(_, path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, "is not a file", false},
		"a pipe":                {func(_, path string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) }, "is not a file", true},
		"damaged":               {func(_, path string) error { return os.WriteFile(path, []byte(`{"token":hunter2`), 0o600) }, "is damaged", true},
		"another type":          {func(_, path string) error { return os.WriteFile(path, []byte(`{"token":7}`), 0o600) }, "is damaged", true},
		"folder for its group":  {func(folder, _ string) error { return os.Chmod(folder, 0o770) }, "can be written by other users", false},
		"folder that is a link": {func(folder, _ string) error { return link(folder) }, "is a link", false},
		"owner":                 {func(_, path string) error { return os.Chown(path, 1, 1) }, "belongs to another user", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "owner" && os.Geteuid() != 0 {
				t.Skip("only root can give a file away")
			}
			folder := filepath.Join(t.TempDir(), "kept")
			require.NoError(t, os.Mkdir(folder, 0o700))
			path := filepath.Join(folder, "token.json")
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			require.NoError(t, test.spoil(folder, path))
			store := session.NewFileStore(path)
			stored, err := store.Load(t.Context())
			require.ErrorContains(t, err, test.loads)
			require.NotContains(t, err.Error(), "hunter2")
			require.Equal(t, test.loads == "can be read by other users", !stored.Token.IsZero(), "the token that others can have")
			err = store.Save(t.Context(), session.StoredToken{Token: orylogin.NewSecret("new")})
			if !test.replaces {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			stored, err = store.Load(t.Context())
			require.NoError(t, err)
			require.Equal(t, "new", stored.Token.Reveal())
		})
	}
}

func link(path string) error {
	return errors.Join(os.Rename(path, path+"-elsewhere"), os.Symlink(path+"-elsewhere", path))
}
