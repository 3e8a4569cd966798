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
	"github.com/orylogin/orylogin/internal/private"
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

// open opens the folder.
func (s store) open() (*os.Root, error) {
	folder, err := private.OpenFolder(s.dir)
	return folder, asProblem(err)
}

// path returns where the session with a server is, in a file with the name of its escaped URL.
func (s store) path(server string) string {
	return filepath.Join(s.dir, url.QueryEscape(server)+extension)
}

// asProblem tells the user what to do about a file or a folder that is not used.
func asProblem(err error) error {
	var wrong *private.Error
	if !errors.As(err, &wrong) {
		return err
	}
	next := wrong.Next
	if strings.HasPrefix(wrong.Why, "belongs") {
		next += " with XDG_CONFIG_HOME"
	}
	return &problem{Exit: exitOther, What: wrong.Path + " " + wrong.Why, Next: next}
}

// check returns an error if the folder is there and cannot be used.
func (s store) check() error {
	folder, err := s.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	return folder.Close()
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
		escaped, isSession := strings.CutSuffix(entry.Name(), extension)
		server, err := url.QueryUnescape(escaped)
		if err != nil || !isSession {
			continue
		}
		if known, err := canonical(server); err == nil && known == server {
			servers = append(servers, server)
		}
	}
	return servers, nil
}

// load returns the session with a server, unless there is none or it has expired.
func (s store) load(server string) (session, error) {
	data, err := private.ReadFile(s.path(server))
	if errors.Is(err, fs.ErrNotExist) {
		return session{}, noSession("there is no session with " + server)
	}
	if err != nil {
		return session{}, fmt.Errorf("read the stored session: %w", asProblem(err))
	}
	var file sessionFile
	if err := json.Unmarshal(data, &file); err != nil || !isToken(file.Token) {
		return session{}, noSession("the stored session with " + server + " is damaged")
	}
	if !file.ExpiresAt.IsZero() && time.Now().After(file.ExpiresAt) {
		return session{}, noSession("the session with " + server + " has expired")
	}
	return session{orylogin.NewSecret(file.Token), file.IdentityID, file.ExpiresAt}, nil
}

// save keeps a session in place of the one before.
func (s store) save(server string, kept session) error {
	if !isToken(kept.Token.Reveal()) {
		return &problem{Exit: exitFailed, What: "the server's session token cannot be sent in a header", Next: nextServer}
	}
	data, err := json.Marshal(sessionFile{kept.Token.Reveal(), kept.IdentityID, kept.ExpiresAt})
	if err == nil {
		err = asProblem(private.WriteFile(s.path(server), data))
	}
	if err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	return nil
}

// remove forgets the session with a server.
func (s store) remove(server string) error {
	if err := private.RemoveFile(s.path(server)); err != nil {
		return fmt.Errorf("forget the session: %w", asProblem(err))
	}
	return nil
}

// isToken reports whether a text can be a session token: one word of visible ASCII, which
// can be sent in a header and printed.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
