package kratostest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"
)

const (
	loginCode    = "login_code_valid"
	redactedMail = "<redacted-unless-dev-mode>"
)

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

type mail struct {
	ID        string    `json:"id"`
	Recipient string    `json:"recipient"`
	Template  string    `json:"template_type"`
	Body      string    `json:"body"`
	CreatedAt time.Time `json:"created_at"`
}

// Code returns the newest login code that was mailed to the address. It returns an error if
// there is no mail that is new since the last call. So it never returns a code twice, and after
// a second mail it skips the code of the first. Kratos queues a mail before it answers the
// submission.
func (s *Server) Code(ctx context.Context, address string) (string, error) {
	code, err := s.newCode(ctx, address)
	if err != nil {
		return "", fmt.Errorf("read a login code mailed to %s: %w", address, err)
	}
	return code, nil
}

// ErrNoMail says that there is no mail that is new since the last call.
var ErrNoMail = errors.New("there is no new mail")

func (s *Server) newCode(ctx context.Context, address string) (string, error) {
	var mails []mail
	query := url.Values{"recipient": {address}, "page_size": {"250"}}
	if err := s.client.Get(ctx, s.AdminAPI()+"/courier/messages?"+query.Encode(), &mails); err != nil {
		return "", err
	}
	unseen := s.unseen(mails)
	if len(unseen) == 0 {
		return "", ErrNoMail
	}
	newest := slices.MaxFunc(unseen, func(a, b mail) int { return cmp.Compare(a.CreatedAt.UnixNano(), b.CreatedAt.UnixNano()) })
	return newest.code()
}

// unseen returns the mails with a login code that no earlier call has returned.
func (s *Server) unseen(mails []mail) []mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	var unseen []mail
	for _, m := range mails {
		if m.Template == loginCode && !s.mails[m.ID] {
			s.mails[m.ID] = true
			unseen = append(unseen, m)
		}
	}
	return unseen
}

func (m mail) code() (string, error) {
	if m.Body == redactedMail {
		return "", errors.New("mails are hidden unless dev is true")
	}
	code := sixDigits.FindString(m.Body)
	if code == "" {
		return "", fmt.Errorf("no code in mail %q", m.Body)
	}
	return code, nil
}
