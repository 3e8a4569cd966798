package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/private"
)

// session is what the store keeps of a login.
type session struct {
	Token      orylogin.Secret
	IdentityID string
	ExpiresAt  time.Time

	exposed bool // others can read the file
}

// sessionFile is the content of a file. The token is a string, since a Secret would be written
// as [redacted].
type sessionFile struct {
	URL        string    `json:"url"`
	Token      string    `json:"token"`
	IdentityID string    `json:"identity_id"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// store is a folder with a file for each server. A file is replaced as a whole. So programs
// that run at the same time, or that are killed, leave one complete session.
type store struct{ dir string }

const extension = ".json"

func openStore() (store, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return store{}, wrongUsage("the configuration directory is not known: "+err.Error(), "define it")
	}
	return store{dir: filepath.Join(dir, "ory-login")}, nil
}

// open opens the folder.
func (s store) open() (*os.Root, error) { return private.OpenFolder(s.dir) }

// ready returns an error if no session can be kept. It makes the folder and removes old
// temporary files.
func (s store) ready() error {
	err := s.with(func(folder *os.Root) error { return errors.Join(private.Sweep(folder), private.Rehearse(folder)) })
	if err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	return nil
}

// with opens the folder and calls use. It makes the folder if there is none.
func (s store) with(use func(*os.Root) error) error {
	folder, err := s.open()
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return err
		}
		folder, err = s.open()
	}
	if err != nil {
		return err
	}
	return errors.Join(use(folder), folder.Close())
}

// fileOf returns the name of a server's file. The name is a hash, since a URL can be too long
// for a name.
func fileOf(server string) string {
	sum := sha256.Sum256([]byte(server))
	return hex.EncodeToString(sum[:]) + extension
}

// only returns the server with a stored session if there is exactly one.
func (s store) only() (string, error) {
	servers, err := s.servers()
	if err != nil {
		return "", err
	}
	switch len(servers) {
	case 0:
		return "", wrongUsage("no server is named and no session is stored", "name the server with --url")
	case 1:
		return servers[0], nil
	default:
		return "", wrongUsage("no server is named and several have a stored session: "+strings.Join(servers, ", "),
			"name one of them with --url")
	}
}

// servers returns the servers with a stored session.
func (s store) servers() ([]string, error) {
	folder, err := s.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the stored sessions: %w", err)
	}
	defer func() { _ = folder.Close() }()
	entries, err := fs.ReadDir(folder.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("read the stored sessions: %w", err)
	}
	var servers []string
	for _, entry := range entries {
		if server, found := serverOf(folder, entry.Name()); found {
			servers = append(servers, server)
		}
	}
	return servers, nil
}

// serverOf returns the server of a file. It reports false for a file with another name and for
// a file that cannot be used.
func serverOf(folder *os.Root, name string) (string, bool) {
	if filepath.Ext(name) != extension {
		return "", false
	}
	data, _, err := private.Read(folder, name)
	if err != nil {
		return "", false
	}
	var file sessionFile
	if err := json.Unmarshal(data, &file); err != nil || fileOf(file.URL) != name {
		return "", false
	}
	known, err := canonical(file.URL)
	return file.URL, err == nil && known == file.URL
}

// load returns the stored session for a server. It has no token if the file is damaged.
func (s store) load(server string) (session, error) {
	folder, err := s.open()
	var kept session
	if err == nil {
		kept, err = load(folder, server)
		err = errors.Join(err, folder.Close())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return session{}, noSession("there is no session with " + server)
	}
	if err != nil {
		return session{}, fmt.Errorf("read the stored session: %w", err)
	}
	return kept, nil
}

func load(folder *os.Root, server string) (session, error) {
	data, exposed, err := private.Read(folder, fileOf(server))
	if err != nil {
		return session{}, err
	}
	var file sessionFile
	if err := json.Unmarshal(data, &file); err != nil || file.URL != server || !isToken(file.Token) {
		return session{}, nil //nolint:nilerr // a damaged file has no session
	}
	return session{orylogin.NewSecret(file.Token), file.IdentityID, file.ExpiresAt, exposed}, nil
}

// usable returns why a session must not be used. It returns nil if the session can be used.
func (kept session) usable(server string) error {
	switch {
	case kept.Token.IsZero():
		return noSession("the stored session with " + server + " is damaged")
	case kept.exposed:
		return &problem{
			Exit: exitOther, What: "other users can read the stored session with " + server,
			Next: "log in again, which revokes it, or end it with ory-login logout",
		}
	case !kept.ExpiresAt.IsZero() && time.Now().After(kept.ExpiresAt):
		return noSession("the session with " + server + " has expired")
	}
	return nil
}

// save keeps a session and returns the one that it replaces.
func (s store) save(server string, next session) (session, error) {
	if !isToken(next.Token.Reveal()) {
		return session{}, &problem{Exit: exitFailed, What: "the server's session token cannot be sent in a header", Next: nextServer}
	}
	data, err := json.Marshal(sessionFile{server, next.Token.Reveal(), next.IdentityID, next.ExpiresAt})
	if err != nil {
		return session{}, err
	}
	var before session
	err = s.with(func(folder *os.Root) error {
		before, _ = load(folder, server) // a file that others may have written is replaced
		return private.Replace(folder, fileOf(server), data)
	})
	if err != nil {
		return session{}, fmt.Errorf("store the session: %w", err)
	}
	return before, nil
}

// remove removes the session for a server, unless a login has replaced it.
func (s store) remove(server string, kept session) error {
	err := s.with(func(folder *os.Root) error {
		now, err := load(folder, server)
		if err != nil || now.Token.Reveal() != kept.Token.Reveal() {
			return err
		}
		return folder.Remove(fileOf(server))
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the session: %w", err)
	}
	return nil
}

// isToken reports whether a text can be a session token: one word of visible ASCII that is not
// too long. Such a text can be sent in a header and printed.
func isToken(text string) bool {
	return text != "" && len(text) <= maxSecret && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
