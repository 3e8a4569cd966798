package orylogintest

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what authenticator apps use
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
)

// Identity is a user who can log in.
type Identity struct {
	// ID is the identity's id. [Server.AddIdentity] makes one if it is empty.
	ID string

	// Email is the address that the identity logs in with, in upper or lower case.
	// Its codes are mailed there. It can be empty if there are Identifiers.
	Email string

	// Identifiers are further names that the identity logs in with, in upper or lower case:
	// user names, telephone numbers or e-mail addresses. Codes are mailed to those with an @,
	// too. Sessions do not show them as traits, unless Traits has them.
	Identifiers []string

	// Traits are what [orylogin.Session.Traits] decodes: a map, a struct or another value that
	// package json marshals to an object. Default: the member email, if there is an Email.
	Traits any

	// MetadataPublic is metadata_public of the identity, which sessions show, too. [V0_8] has no
	// such member. Default: null.
	MetadataPublic any

	// SchemaID is the id of the identity's schema. Default: "default".
	SchemaID string

	// Providers are ids of [WithProviders]. The identity can log in with these providers, by
	// its Email on their pages.
	Providers []string

	// Password is the identity's password. If it is empty, every password is wrong.
	Password string

	// TOTPSecret is the secret of an authenticator app, in base32. It gives the identity a
	// second factor, which the server demands only with [WithHighestAAL]. [TOTP] returns the
	// app's codes.
	TOTPSecret string

	// LookupSecrets are the identity's lookup secrets: backup codes for a second factor. Each
	// works once.
	LookupSecrets []string

	// Unverified says that no address has been verified.
	Unverified bool

	// Disabled says that the identity cannot log in. Its sessions are not valid.
	Disabled bool

	// HookMessages make the server refuse each login of the identity, as a web hook does: one of
	// selfservice.flows.login.after.hooks with can_interrupt. The flow then has these messages. A
	// message whose Type is not "error" only informs. On [V0_8] and [V0_10] no hook can refuse a
	// login with messages. Default: none, no hook refuses the login.
	HookMessages []orylogin.Message
}

// AddIdentity adds an identity to the server, and returns it with its ID. It fails the test
// in these cases:
//
//   - The identity has nothing to log in with.
//   - Its address, an identifier or its ID exists already.
//   - One of its Providers is not one of [WithProviders].
//   - Its TOTPSecret is not base32.
//   - Its Traits do not marshal to a JSON object, or its MetadataPublic does not marshal to JSON.
func (s *Server) AddIdentity(identity Identity) Identity {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &person{Identity: identity, created: time.Now(), used: map[string]bool{}, mailed: map[string]string{}}
	if len(p.identifiers()) == 0 {
		s.tb.Fatal("orylogintest: the identity has no e-mail address and no identifiers")
	}
	for _, name := range p.identifiers() {
		if s.find(name) != nil {
			s.tb.Fatalf("orylogintest: there is an identity %s already", name)
		}
	}
	switch {
	case s.withID(identity.ID) != nil:
		s.tb.Fatalf("orylogintest: there is an identity with the ID %q already", identity.ID)
	case identity.TOTPSecret != "" && TOTP(identity.TOTPSecret, time.Now()) == "":
		s.tb.Fatal("orylogintest: the TOTPSecret is not base32")
	}
	for _, id := range identity.Providers {
		if !slices.Contains(s.providers, id) {
			s.tb.Fatalf("orylogintest: there is no provider %q: see WithProviders", id)
		}
	}
	if !s.oneStepMethods {
		p.HookMessages = nil
	}
	if err := p.encode(); err != nil {
		s.tb.Fatalf("orylogintest: %v", err)
	}
	if p.ID == "" {
		p.ID = newUUID()
	}
	s.people = append(s.people, p)
	return p.Identity
}

// SetDisabled disables an identity, or enables it again. It fails the test if no
// identity has that ID.
func (s *Server) SetDisabled(identityID string, disabled bool) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustBe(identityID).Disabled = disabled
}

// mustBe returns the person with an ID. It fails the test if there is none.
func (s *Server) mustBe(identityID string) *person {
	s.tb.Helper()
	p := s.withID(identityID)
	if p == nil {
		s.tb.Fatalf("orylogintest: there is no identity with the ID %q", identityID)
	}
	return p
}

// person is an identity with the data that the server keeps about it.
type person struct {
	Identity
	created  time.Time
	ids      []string // the ids of the addresses
	traits   json.RawMessage
	metadata json.RawMessage
	used     map[string]bool   // the lookup secrets that were used
	mailed   map[string]string // the newest code for each address, in lower case
}

// encode makes the JSON that sessions show of the identity.
func (p *person) encode() error {
	for range p.addresses() {
		p.ids = append(p.ids, newUUID())
	}
	if p.Traits == nil && p.Email != "" {
		p.Traits = object{"email": p.Email}
	}
	if p.Traits == nil {
		p.Traits = object{}
	}
	var err error
	if p.traits, err = json.Marshal(p.Traits); err != nil || !bytes.HasPrefix(p.traits, []byte("{")) {
		return fmt.Errorf("the Traits are not a JSON object: %w", cmp.Or(err, errors.New(string(p.traits))))
	}
	if p.metadata, err = json.Marshal(p.MetadataPublic); err != nil {
		return fmt.Errorf("the MetadataPublic cannot be marshalled: %w", err)
	}
	return nil
}

// identifiers are the names with which a person logs in.
func (p *person) identifiers() []string {
	if p.Email == "" {
		return p.Identifiers
	}
	return append([]string{p.Email}, p.Identifiers...)
}

// addresses are the addresses that get codes.
func (p *person) addresses() []string {
	return slices.DeleteFunc(slices.Clone(p.identifiers()), func(name string) bool { return !strings.Contains(name, "@") })
}

// address returns one of the person's addresses as the identity writes it. It is empty if the
// person does not have that address.
func (p *person) address(name string) string {
	addresses := p.addresses()
	if i := slices.IndexFunc(addresses, same(name)); i >= 0 {
		return addresses[i]
	}
	return ""
}

// same returns a function that reports whether an identifier equals the typed text.
func same(typed string) func(string) bool {
	typed = strings.TrimSpace(typed)
	return func(identifier string) bool { return strings.EqualFold(identifier, typed) }
}

func (s *Server) withID(identityID string) *person {
	return s.first(func(p *person) bool { return p.ID == identityID })
}

func (s *Server) find(identifier string) *person {
	return s.first(func(p *person) bool { return slices.ContainsFunc(p.identifiers(), same(identifier)) })
}

// first returns the first person for whom fits returns true, or nil.
func (s *Server) first(fits func(*person) bool) *person {
	i := slices.IndexFunc(s.people, fits)
	if i < 0 {
		return nil
	}
	return s.people[i]
}

// hasSecondFactor reports whether the server can ask a person for a second factor.
func (s *Server) hasSecondFactor(p *person) bool {
	return p.enrolled() || s.codeAsFactor
}

// enrolled reports whether a person has an authenticator app or lookup secrets.
func (p *person) enrolled() bool { return p.TOTPSecret != "" || len(p.LookupSecrets) > 0 }

// knowsTOTP reports whether a code is that of the person's app now, or just before or after.
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
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/int64(period/time.Second)) // writing to a hash never fails
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}
