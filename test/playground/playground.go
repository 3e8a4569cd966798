package playground

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/orylogin/orylogin/test/kratostest"
)

// What a session needs to be good for anything, as session.whoami.required_aal.
const (
	oneFactor  = "aal1"
	allFactors = "highest_available"
)

// Config is what the commands differ in.
type Config struct {
	// AppURL is where browsers find the application. Default: http://localhost:4455
	// or, if Serve is set and that port is in use, another one there.
	AppURL string

	// Serve serves the application until ctx ends. Without it the application is another
	// program.
	Serve func(ctx context.Context, listener net.Listener, appURL, kratosURL string) error

	// Prepare runs before Kratos, once it is known where the application is, and returns
	// further settings. Default: nothing to prepare.
	Prepare func(ctx context.Context, appURL string) ([]kratostest.Setting, error)

	// Settings are added to those that make Kratos know the application.
	Settings []kratostest.Setting

	// Lifespan is how long a login flow lasts. Default: ten minutes.
	Lifespan time.Duration

	// RequiredAAL is session.whoami.required_aal: aal1, or highest_available, which is the default.
	RequiredAAL string

	// CodeSecondFactor makes a mailed code a second factor, instead of a first one.
	CodeSecondFactor bool
}

// factors are the settings for what a login needs.
func (c Config) factors() []kratostest.Setting {
	var settings []kratostest.Setting
	if c.RequiredAAL != "" {
		settings = append(settings, kratostest.Set("session.whoami.required_aal", c.RequiredAAL))
	}
	if c.CodeSecondFactor {
		settings = append(settings,
			kratostest.Set("selfservice.methods.code.passwordless_enabled", false),
			kratostest.Set("selfservice.methods.code.mfa_enabled", true))
	}
	return settings
}

// Run runs Kratos, and the application if there is one to serve, until ctx ends. It prints
// how to use them.
func Run(ctx context.Context, config Config) error {
	if config.Lifespan < 0 {
		return fmt.Errorf("the lifespan of flows, %v, is negative", config.Lifespan)
	}
	if !slices.Contains([]string{"", oneFactor, allFactors}, config.RequiredAAL) {
		return fmt.Errorf("the required AAL %q is neither %s nor %s", config.RequiredAAL, oneFactor, allFactors)
	}
	if _, err := kratostest.Build(); err != nil {
		return err
	}
	app, err := findApp(ctx, config)
	if err != nil {
		return err
	}
	defer app.close()
	settings := slices.Concat(Settings(app.url.String()), config.factors(), config.Settings)
	if config.Prepare != nil {
		more, err := config.Prepare(ctx, app.url.String())
		if err != nil {
			return err
		}
		settings = append(settings, more...)
	}
	keysURL, signing, err := startSigning(ctx)
	if err != nil {
		return err
	}
	settings = append(settings, signing...)
	kratos, err := startKratos(ctx, app.url.Hostname(), settings)
	if err != nil {
		return err
	}
	defer kratos.Stop()
	factors, err := addUsers(ctx, kratos)
	if err != nil {
		return err
	}
	if config.Lifespan > 0 { // only now, since the users have logged in by flows, too
		lifespan := kratostest.Set("selfservice.flows.login.lifespan", fmt.Sprintf("%dns", config.Lifespan))
		if err := kratos.Change(ctx, lifespan); err != nil {
			return err
		}
	}
	printAll(ctx, kratos, app, factors, keysURL)
	go printCodes(ctx, kratos)
	go printTOTP(factors.app)
	return serve(ctx, kratos, app)
}

// serve serves the application until ctx ends. It is a failure if Kratos ends before that.
func serve(ctx context.Context, kratos *kratostest.Server, app application) error {
	alive, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-kratos.Done()
		cancel()
	}()
	if err := app.serve(alive, kratos.PublicURL); err != nil || ctx.Err() != nil {
		return err
	}
	return errors.New("the server ended by itself")
}
