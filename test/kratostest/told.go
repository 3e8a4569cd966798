package kratostest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/test/daemon"
)

// Told returns the text of the message with the id in a browser's flow. cookies is the
// browser's Cookie header. Tests know the ids of messages, and pages show their texts.
func (s *Server) Told(ctx context.Context, flowID, cookies string, number int64) (string, error) {
	type message struct {
		ID   int64  `json:"id"`
		Text string `json:"text"`
	}
	var shown struct {
		UI struct {
			Messages []message `json:"messages"`
			Nodes    []struct {
				Messages []message `json:"messages"`
			} `json:"nodes"`
		} `json:"ui"`
	}
	fetch := daemon.Call{Method: http.MethodGet, URL: s.PublicURL + "/self-service/login/flows?id=" + flowID, Cookies: cookies}
	if err := s.client.Do(ctx, fetch, &shown); err != nil {
		return "", fmt.Errorf("look for message %d: %w", number, err)
	}
	messages := shown.UI.Messages
	for _, node := range shown.UI.Nodes {
		messages = append(messages, node.Messages...)
	}
	for _, message := range messages {
		if message.ID == number {
			return message.Text, nil
		}
	}
	return "", fmt.Errorf("flow %s has no message %d", flowID, number)
}
