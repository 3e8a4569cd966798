package playground

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// application is the application to which Kratos sends browsers.
type application struct {
	Config
	url      *url.URL
	listener net.Listener // nil if another program serves the application
}

// findApp finds out where the application is. It listens there if the application is to be
// served.
func findApp(ctx context.Context, config Config) (application, error) {
	app := application{Config: config}
	var err error
	switch {
	case config.AppURL != "":
		if app.url, err = parseOrigin(config.AppURL); err == nil && config.Serve != nil {
			app.listener, err = listenAt(ctx, app.url)
		}
	case config.Serve != nil:
		if app.listener, err = listenNear(ctx, localhost, appPort); err == nil {
			app.url = localURL(portOf(app.listener))
		}
	default:
		app.url = localURL(appPort)
	}
	return app, err
}

func localURL(port int) *url.URL {
	return &url.URL{Scheme: "http", Host: fmt.Sprintf("%s:%d", localhost, port)}
}

func parseOrigin(raw string) (*url.URL, error) {
	origin := strings.ToLower(strings.TrimSuffix(raw, "/"))
	parsed, err := url.Parse(origin)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme+"://"+parsed.Host != origin ||
		parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, fmt.Errorf("the application's URL %q is not an origin such as http://localhost:3000", raw)
	}
	return parsed, nil
}

// listenAt listens at the address where browsers find the application.
func listenAt(ctx context.Context, app *url.URL) (net.Listener, error) {
	if app.Scheme != "http" {
		return nil, fmt.Errorf("the application is served over http, not at %s", app)
	}
	port := app.Port()
	if port == "" {
		port = "80"
	}
	listener, err := listen(ctx, app.Hostname(), port)
	if err != nil {
		return nil, fmt.Errorf("serve the application at %s: %w", app, err)
	}
	return listener, nil
}

func (a application) serve(ctx context.Context, kratosURL string) error {
	if a.Serve == nil {
		<-ctx.Done()
		return nil
	}
	return a.Serve(ctx, a.listener, a.url.String(), kratosURL)
}

func (a application) close() {
	if a.listener != nil {
		_ = a.listener.Close()
	}
}
