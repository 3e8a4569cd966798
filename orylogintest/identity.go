package orylogintest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what authenticator apps use
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Identity is a user who can log in.
type Identity struct {
	// ID is the identity's id. [Server.AddIdentity] makes one if it is empty.
	ID string

	// Email is the address that the identity logs in with, in upper or lower case. Codes are
	// mailed there.
	Email string

	// Password is the identity's password. If it is empty, every password is wrong.
	Password string

	// TOTPSecret is the secret of an authenticator app, in base32. It gives the identity a
	// second factor, which the server demands only with [WithHighestAAL]. [TOTP] returns the
	// app's codes.
	TOTPSecret string

	// LookupSecrets are the identity's lookup secrets: backup codes for a second factor. Each
	// works once.
	LookupSecrets []string

	// Unverified says that Email has not been verified.
	Unverified bool

	// Disabled says that the identity cannot log in. Its sessions are not valid.
	Disabled bool
}

// AddIdentity adds an identity to the server, and returns it with its ID. It fails the test
// if the identity has no e-mail address, if its address or its ID exists already, or if its
// TOTPSecret is not base32.
func (s *Server) AddIdentity(identity Identity) Identity {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case identity.Email == "":
		s.tb.Fatal("orylogintest: the identity has no e-mail address")
	case s.find(identity.Email) != nil:
		s.tb.Fatalf("orylogintest: there is an identity %s already", identity.Email)
	case s.withID(identity.ID) != nil:
		s.tb.Fatalf("orylogintest: there is an identity with the ID %q already", identity.ID)
	case identity.TOTPSecret != "" && TOTP(identity.TOTPSecret, time.Now()) == "":
		s.tb.Fatal("orylogintest: the TOTPSecret is not base32")
	}
	if identity.ID == "" {
		identity.ID = newUUID()
	}
	s.people = append(s.people, &person{Identity: identity, created: time.Now(), used: map[string]bool{}})
	return identity
}

// SetDisabled disables an identity, or enables it again. It fails the test if no
// identity has that ID.
func (s *Server) SetDisabled(identityID string, disabled bool) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustBe(identityID).Disabled = disabled
}

// mustBe returns the person with an ID, and fails the test if there is none.
func (s *Server) mustBe(identityID string) *person {
	s.tb.Helper()
	p := s.withID(identityID)
	if p == nil {
		s.tb.Fatalf("orylogintest: there is no identity with the ID %q", identityID)
	}
	return p
}

// person is an identity and what the server keeps of it.
type person struct {
	Identity
	created time.Time
	used    map[string]bool // lookup secrets
	mailed  string          // the newest code
}

func (s *Server) withID(identityID string) *person {
	return s.first(func(p *person) bool { return p.ID == identityID })
}

func (s *Server) find(email string) *person {
	return s.first(func(p *person) bool { return strings.EqualFold(p.Email, strings.TrimSpace(email)) })
}

// first returns the first person that fits, or nil.
func (s *Server) first(fits func(*person) bool) *person {
	i := slices.IndexFunc(s.people, fits)
	if i < 0 {
		return nil
	}
	return s.people[i]
}

// hasSecondFactor reports whether a person could be asked for one.
func (s *Server) hasSecondFactor(p *person) bool {
	return p.enrolled() || s.codeAsFactor
}

// enrolled reports whether a person has an app or lookup secrets.
func (p *person) enrolled() bool { return p.TOTPSecret != "" || len(p.LookupSecrets) > 0 }

// knowsTOTP reports whether a code is the app's now, or just before or after.
func (p *person) knowsTOTP(code string) bool {
	now := time.Now()
	return slices.ContainsFunc([]time.Duration{0, -period, period}, func(skew time.Duration) bool {
		return code == TOTP(p.TOTPSecret, now.Add(skew))
	})
}

const period = 30 * time.Second

// TOTP returns the six digits that an authenticator app shows at the time at. secret is that
// of [Identity]. If it is empty or not base32, TOTP returns an empty string.
func TOTP(secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(secret, "=")))
	if err != nil || len(key) == 0 {
		return ""
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/int64(period/time.Second)) // a hash takes everything
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}
