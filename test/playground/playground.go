package playground

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/orylogin/orylogin/test/kratostest"
)

// The values of session.whoami.required_aal.
const (
	oneFactor  = "aal1"
	allFactors = "highest_available"
)

// Config has the differences between the commands.
type Config struct {
	// AppURL is the URL at which browsers find the application. Default: http://localhost:4455.
	// If Serve is set and that port is in use, it is another port.
	AppURL string

	// Serve serves the application until ctx ends. If it is nil, another program serves the
	// application.
	Serve func(ctx context.Context, listener net.Listener, appURL, kratosURL string) error

	// Prepare runs before Kratos, when the URL of the application is known. It returns more
	// settings. Default: nothing to prepare.
	Prepare func(ctx context.Context, appURL string) ([]kratostest.Setting, error)

	// Settings are added to those that make Kratos know the application.
	Settings []kratostest.Setting

	// Lifespan is the lifespan of a login flow. Default: ten minutes.
	Lifespan time.Duration

	// RequiredAAL is session.whoami.required_aal: aal1, or highest_available, which is the default.
	RequiredAAL string

	// EnvFile is a file that has the URLs of Kratos and the TOTP secret of bob until ctx ends. Default:
	// none.
	EnvFile string

	// CodeSecondFactor makes a mailed code a second factor, instead of a first one.
	CodeSecondFactor bool
}

// factors returns the settings for the factors of a login.
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

// Run runs Kratos until ctx ends, and the application if there is one to serve. It prints how
// to use them.
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
	if config.Lifespan > 0 { // set only now, since addUsers has logged in with flows, too
		lifespan := kratostest.Set("selfservice.flows.login.lifespan", fmt.Sprintf("%dns", config.Lifespan))
		if err := kratos.Change(ctx, lifespan); err != nil {
			return err
		}
	}
	if config.EnvFile != "" {
		defer func() { _ = os.Remove(config.EnvFile) }()
		values := fmt.Appendf(nil, "KRATOS_PUBLIC_URL=%s\nKRATOS_ADMIN_URL=%s\nBOB_TOTP_SECRET=%s\n",
			kratos.PublicURL, kratos.AdminURL, factors.app)
		if err := os.WriteFile(config.EnvFile, values, 0o600); err != nil {
			return err
		}
	}
	printAll(ctx, kratos, app, factors, keysURL)
	go printCodes(ctx, kratos)
	go printTOTP(factors.app)
	return serve(ctx, kratos, app)
}

// serve serves the application until ctx ends. If Kratos ends before that, it returns an error.
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
