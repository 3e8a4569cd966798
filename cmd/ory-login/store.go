package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
)

// session is what is kept of a login.
type session struct {
	Token      orylogin.Secret
	IdentityID string
	ExpiresAt  time.Time
}

// sessionFile is what a file has. A Secret would be written as [redacted].
type sessionFile struct {
	Token      string    `json:"token"`
	IdentityID string    `json:"identity_id"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// store is a folder with a file for each server. A file is replaced whole, so that
// runs at the same time, or one that is killed, leave one session or the other.
type store struct{ dir string }

const extension = ".json"

func openStore() (store, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return store{}, wrongUsage("the configuration directory is not known: "+err.Error(), "set HOME or XDG_CONFIG_HOME")
	}
	return store{dir: filepath.Join(dir, "ory-login")}, nil
}

// path returns the file of a server, whose name is the escaped URL.
func (s store) path(server string) string {
	return filepath.Join(s.dir, url.QueryEscape(server)+extension)
}

// only returns the server with a stored session, if there is exactly one.
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

// servers returns the servers with a stored session, whose files have their names.
func (s store) servers() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the stored sessions: %w", err)
	}
	var servers []string
	for _, entry := range entries {
		escaped, isSession := strings.CutSuffix(entry.Name(), extension)
		server, err := url.QueryUnescape(escaped)
		if err == nil {
			server, err = canonical(server)
		}
		if isSession && err == nil {
			servers = append(servers, server)
		}
	}
	return servers, nil
}

// load returns the session with a server, unless there is none or it has expired.
func (s store) load(server string) (session, error) {
	data, err := os.ReadFile(s.path(server))
	if errors.Is(err, fs.ErrNotExist) {
		return session{}, noSession("there is no session with " + server)
	}
	if err != nil {
		return session{}, fmt.Errorf("read the stored session: %w", err)
	}
	var file sessionFile
	if err := json.Unmarshal(data, &file); err != nil || file.Token == "" {
		return session{}, noSession("the stored session with " + server + " is damaged")
	}
	if !file.ExpiresAt.IsZero() && time.Now().After(file.ExpiresAt) {
		return session{}, noSession("the session with " + server + " has expired")
	}
	return session{orylogin.NewSecret(file.Token), file.IdentityID, file.ExpiresAt}, nil
}

// save keeps a session in place of the one before.
func (s store) save(server string, kept session) error {
	data, err := json.Marshal(sessionFile{kept.Token.Reveal(), kept.IdentityID, kept.ExpiresAt})
	if err == nil {
		err = os.MkdirAll(s.dir, 0o700)
	}
	if err == nil {
		err = replace(s.path(server), data)
	}
	if err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	return nil
}

// remove forgets the session with a server.
func (s store) remove(server string) error {
	if err := os.Remove(s.path(server)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the session: %w", err)
	}
	return nil
}

// replace writes a file that only its owner can read, whole or not at all.
func replace(path string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".session-*") // with the mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // there is nothing left after a success
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
