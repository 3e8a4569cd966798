package kratostest

import (
	"context"
	"slices"
)

// MailedCode is a login code and the address that it was mailed to.
type MailedCode struct{ Address, Code string }

// NewCodes returns the login codes that no earlier call of NewCodes or Code has seen, the
// oldest first.
func (s *Server) NewCodes(ctx context.Context) ([]MailedCode, error) {
	var mails []mail // the newest first
	if err := s.client.Get(ctx, s.AdminAPI()+"/courier/messages?page_size=250", &mails); err != nil {
		return nil, err
	}
	var codes []MailedCode
	for _, m := range slices.Backward(s.unseen(mails)) {
		code, err := m.code()
		if err != nil {
			return nil, err
		}
		codes = append(codes, MailedCode{Address: m.Recipient, Code: code})
	}
	return codes, nil
}
