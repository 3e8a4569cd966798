package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/private"
)

// NewFileStore returns a [Store] in a file with the mode 0600. The file does not say which
// server and user its token is for, so use a file for one [Source] only. The file is replaced
// as a whole: a program that is killed leaves the old token or the new one. Load returns an
// error if the content is damaged; Save and Delete work then, too. A missing folder is made
// with the mode 0700. It is an error if the file, or the folder that it is in, is a link. On
// Unix it is also an error if one of them belongs to another user or can be written by others,
// and, for Load, if others can read the file. With that last error, Load returns the token,
// too: revoke it, since others can have it. On other systems the mode means nothing, and the
// file has the permissions of its folder.
func NewFileStore(path string) Store { return fileStore(path) }

type fileStore string

// fileContent is the content of the file. Its token is a string, since a Secret would be
// written as [redacted].
type fileContent struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (f fileStore) Load(context.Context) (StoredToken, error) {
	data, err := private.ReadFile(string(f))
	if data == nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return StoredToken{}, err
	}
	var content fileContent
	if json.Unmarshal(data, &content) != nil { // the error may show a part of the content
		return StoredToken{}, fmt.Errorf("the file %s of the token is damaged: delete it", string(f))
	}
	return StoredToken{orylogin.NewSecret(content.Token), content.ExpiresAt}, err
}

func (f fileStore) Save(_ context.Context, token StoredToken) error {
	data, err := json.Marshal(fileContent{token.Token.Reveal(), token.ExpiresAt})
	if err != nil {
		return err
	}
	return private.WriteFile(string(f), data)
}

func (f fileStore) Delete(context.Context) error { return private.RemoveFile(string(f)) }
