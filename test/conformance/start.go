package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/orylogin/orylogin/test/contract"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// Start starts the Kratos of [kratostest.Build] with the configuration, and returns it as a
// target. There, everything can expire at once. The returned function stops the server.
func Start(ctx context.Context, config Config, spec *contract.Contract) (*Target, func(), error) {
	release, err := kratostest.BinaryRelease()
	if err != nil {
		return nil, nil, err
	}
	admin := &started{}
	settings := config.kratos()
	if config&Provider != 0 {
		if admin.provider, err = providertest.Run(ctx); err != nil {
			return nil, nil, err
		}
		settings = append(settings, admin.provider.Settings(kratostest.EmailRequired(release))...)
	}
	if config&WebHook != 0 {
		admin.hook = startHook()
		settings = append(settings, admin.hook.setting())
	}
	if admin.kratos, err = kratostest.Run(ctx, settings...); err != nil {
		admin.stop()
		return nil, nil, err
	}
	target, err := admin.connect(ctx, config, spec)
	if err != nil {
		admin.stop()
		return nil, nil, err
	}
	return target, admin.stop, nil
}

// started is the Admin of a Kratos whose configuration it can change. So only what is to expire
// does, and it does so at once.
type started struct {
	*Running

	kratos   *kratostest.Server
	provider *providertest.Provider // nil without one
	hook     *webHook               // nil without one
}

func (s *started) connect(ctx context.Context, config Config, spec *contract.Contract) (*Target, error) {
	target, err := Connect(ctx, s.kratos.PublicURL, s.kratos.AdminAPI(), s.kratos.Release.String(), spec)
	if err != nil {
		return nil, err
	}
	target.Config |= config & WebHook // which shows in no answer but those of its identities
	if target.Config != config {
		return nil, fmt.Errorf("the server was configured as %s and looks like %s", config, target.Config)
	}
	s.Running = &Running{target.PublicURL, s.kratos.AdminAPI(), target.Release}
	target.Admin = s
	return target, nil
}

func (s *started) stop() {
	if s.kratos != nil {
		s.kratos.Stop()
	}
	if s.provider != nil {
		s.provider.Stop()
	}
	if s.hook != nil {
		s.hook.Close()
	}
}

// Create tells the web hook about the identity, too.
func (s *started) Create(ctx context.Context, identity Identity) (Identity, error) {
	if len(identity.HookSays) > 0 {
		s.hook.refuse(identity)
	}
	return s.Running.Create(ctx, identity)
}

// These settings count for flows and codes that are created, and sessions that are extended,
// while the server has the setting.
var (
	flowsExpire    = kratostest.Set("selfservice.flows.login.lifespan", "1ns")
	flowsLast      = kratostest.Set("selfservice.flows.login.lifespan", "24h")
	codesExpire    = kratostest.Set("selfservice.methods.code.config.lifespan", "1ns")
	codesLast      = kratostest.Set("selfservice.methods.code.config.lifespan", "24h")
	sessionsExpire = kratostest.Set("session.lifespan", "1ns")
	sessionsLast   = kratostest.Set("session.lifespan", "24h")
	extendAnyTime  = kratostest.Set("session.earliest_possible_extend", "48h")
)

// Expires returns the settings that the server does not need, since its configuration can be
// changed.
func (s *started) Expires() Config { return short }

// ExpiredFlow creates the flow while flows expire at once.
func (s *started) ExpiredFlow(ctx context.Context, create func() Flow) (Flow, error) {
	if err := s.kratos.Change(ctx, flowsExpire); err != nil {
		return Flow{}, err
	}
	flow := create()
	return flow, s.kratos.Change(ctx, flowsLast)
}

// ExpiredCode calls send while codes expire at once.
func (s *started) ExpiredCode(ctx context.Context, _ string, send func()) error {
	if err := s.kratos.Change(ctx, codesExpire); err != nil {
		return err
	}
	send()
	return s.kratos.Change(ctx, codesLast)
}

// ExpireSessions extends the sessions to a time in the past. v0.8 cannot do that.
func (s *started) ExpireSessions(ctx context.Context, identity Identity, _ string) error {
	if s.kratos.Release == kratostest.V0_8 {
		return fmt.Errorf("%w: it extends no sessions", ErrUnable)
	}
	if err := s.kratos.Change(ctx, sessionsExpire, extendAnyTime); err != nil {
		return err
	}
	err := s.kratos.ExtendSessions(ctx, kratostest.Identity{ID: identity.ID})
	return errors.Join(err, s.kratos.Change(ctx, sessionsLast))
}

// AtProvider logs in at the provider that was started with the server. The users of that provider
// cannot deny a login, and the provider knows all its codes. So this method itself makes the answer
// for a denial and for a refused code.
func (s *started) AtProvider(ctx context.Context, user User, from string) (string, error) {
	switch {
	case user.Denies:
		return answered(from, url.Values{"error": {"access_denied"}, "error_description": {"no, thanks"}})
	case user.Fails:
		return answered(from, url.Values{"code": {"unknown"}})
	}
	s.provider.LogIn(user.Email)
	return follow(ctx, from, s.kratos.PublicURL)
}
