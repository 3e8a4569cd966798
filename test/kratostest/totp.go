package kratostest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pquerna/otp/totp"
)

// TOTPKey is the secret of an authenticator app, in base32.
type TOTPKey string

// Code returns the code that the app shows at the given time.
func (k TOTPKey) Code(at time.Time) (string, error) {
	return totp.GenerateCode(string(k), at)
}

// EnrolTOTP gives the identity an authenticator app as a second factor. The identity must have
// a password. It enrols the app in a settings flow, as a user does.
func (s *Server) EnrolTOTP(ctx context.Context, identity Identity) (TOTPKey, error) {
	key, err := s.enrolTOTP(ctx, identity)
	if err != nil {
		return "", fmt.Errorf("enrol identity %s in TOTP: %w", identity.name(), err)
	}
	return key, nil
}

func (s *Server) enrolTOTP(ctx context.Context, identity Identity) (TOTPKey, error) {
	settings, err := s.startSettings(ctx, identity)
	if err != nil {
		return "", err
	}
	key := TOTPKey(settings.node("totp_secret_key").Attributes.Text.Text)
	if key == "" {
		return "", errors.New("the settings flow offers no key")
	}
	code, err := key.Code(time.Now())
	if err != nil {
		return "", err
	}
	return key, settings.submit(ctx, map[string]any{"method": "totp", "totp_code": code})
}
