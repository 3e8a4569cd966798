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

// Identity is somebody who can log in.
type Identity struct {
	// ID is set by [Server.AddIdentity] if it is empty.
	ID string

	// Email is what the identity is known by, in any case, and where its codes
	// are mailed to.
	Email string

	// Password may be empty: the identity has none then.
	Password string

	// TOTPSecret is the secret of an authenticator app, in base32; with it the
	// identity has a second factor, which is demanded with [WithHighestAAL]
	// only. [TOTP] returns the app's code.
	TOTPSecret string

	// LookupSecrets are backup codes, each good for one login as second factor.
	LookupSecrets []string

	// Unverified tells that Email has not been verified.
	Unverified bool

	// Disabled identities cannot log in, and their sessions are void.
	Disabled bool
}

// AddIdentity makes an identity known to the server, and returns it with its ID. It
// fails the test if the identity has no e-mail address, or one that is known already.
func (s *Server) AddIdentity(identity Identity) Identity {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case identity.Email == "":
		s.tb.Fatal("orylogintest: the identity has no e-mail address")
	case s.find(identity.Email) != nil:
		s.tb.Fatalf("orylogintest: there is an identity %s already", identity.Email)
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
	i := slices.IndexFunc(s.people, func(p *person) bool { return p.ID == identityID })
	if i < 0 {
		s.tb.Fatalf("orylogintest: there is no identity with the id %q", identityID)
	}
	return s.people[i]
}

// person is an identity and what the server keeps of it.
type person struct {
	Identity
	created time.Time
	used    map[string]bool // lookup secrets
}

func (s *Server) find(email string) *person {
	for _, p := range s.people {
		if strings.EqualFold(p.Email, strings.TrimSpace(email)) {
			return p
		}
	}
	return nil
}

// hasSecondFactor reports whether a person could be asked for one.
func (s *Server) hasSecondFactor(p *person) bool {
	return p.TOTPSecret != "" || len(p.LookupSecrets) > 0 || s.codeAsFactor
}

// knowsTOTP reports whether a code is the app's now, or just before or after.
func (p *person) knowsTOTP(code string) bool {
	now := time.Now()
	return slices.ContainsFunc([]time.Duration{0, -period, period}, func(skew time.Duration) bool {
		return code == TOTP(p.TOTPSecret, now.Add(skew))
	})
}

const period = 30 * time.Second

// TOTP returns the six digits that an authenticator app with the secret shows at a
// time. A secret that is no base32 gives an empty text.
func TOTP(secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(secret, "=")))
	if err != nil {
		return ""
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/int64(period/time.Second)) // a hash takes everything
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}
