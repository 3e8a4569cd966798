package playground

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/orylogin/orylogin/test/kratostest"
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
}

// Run runs Kratos, and the application if there is one to serve, until ctx ends. It prints
// how to use them.
func Run(ctx context.Context, config Config) error {
	if config.Lifespan < 0 {
		return fmt.Errorf("the lifespan of flows, %v, is negative", config.Lifespan)
	}
	if _, err := kratostest.Build(); err != nil {
		return err
	}
	app, err := findApp(ctx, config)
	if err != nil {
		return err
	}
	defer app.close()
	settings := append(Settings(app.url.String()), config.Settings...)
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
