package kratostest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/test/daemon"
)

// settingsFlow is a native settings flow of a session.
type settingsFlow struct {
	server *Server
	token  string
	id     string
	nodes  []node
}

// node is a text in a flow.
type node struct {
	Attributes struct {
		ID   string `json:"id"`
		Text struct {
			Text    string `json:"text"`
			Context struct {
				Secrets []struct {
					Text string `json:"text"`
				} `json:"secrets"`
			} `json:"context"`
		} `json:"text"`
	} `json:"attributes"`
}

type flow struct {
	ID string `json:"id"`
	UI struct {
		Nodes []node `json:"nodes"`
	} `json:"ui"`
}

// startSettings logs the identity in with its password and starts a settings flow in the new
// session.
func (s *Server) startSettings(ctx context.Context, identity Identity) (*settingsFlow, error) {
	token, err := s.login(ctx, identity)
	if err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	var created flow
	creation := daemon.Call{Method: http.MethodGet, URL: s.PublicURL + "/self-service/settings/api", Token: token}
	if err := s.client.Do(ctx, creation, &created); err != nil {
		return nil, fmt.Errorf("start a settings flow: %w", err)
	}
	return &settingsFlow{server: s, token: token, id: created.ID, nodes: created.UI.Nodes}, nil
}

// login logs the identity in and returns the session token.
func (s *Server) login(ctx context.Context, identity Identity) (string, error) {
	var created flow
	if err := s.client.Get(ctx, s.PublicURL+"/self-service/login/api", &created); err != nil {
		return "", err
	}
	var success struct {
		SessionToken string `json:"session_token"`
	}
	err := s.client.Do(ctx, daemon.Call{
		Method: http.MethodPost,
		URL:    s.PublicURL + "/self-service/login?flow=" + created.ID,
		Body: map[string]any{
			"method":     "password",
			"identifier": identity.name(),
			"password":   identity.Password,
		},
	}, &success)
	return success.SessionToken, err
}

func (f *settingsFlow) submit(ctx context.Context, body map[string]any) error {
	var updated flow
	err := f.server.client.Do(ctx, daemon.Call{
		Method: http.MethodPost,
		URL:    f.server.PublicURL + "/self-service/settings?flow=" + f.id,
		Token:  f.token,
		Body:   body,
	}, &updated)
	f.nodes = updated.UI.Nodes
	return err
}

// node returns the text with the id. It is empty if there is none.
func (f *settingsFlow) node(id string) node {
	for _, n := range f.nodes {
		if n.Attributes.ID == id {
			return n
		}
	}
	return node{}
}
