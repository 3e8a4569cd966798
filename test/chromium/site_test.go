package chromium_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
)

var ada = kratostest.Identity{Email: "ada@example.com", Password: "correct horse battery staple", Verified: true}

// site is the application with its own Kratos, which knows ada.
type site struct {
	kratos *kratostest.Server
	url    string // of the application
	public string // of Kratos, as browsers see it
	direct bool   // whether forms go to Kratos
	ada    kratostest.Identity
	hydra  *hydratest.Server // nil without single sign-on

	chromium string // the path of the browser
}

// start starts a site when another browser may run.
func start(t *testing.T, change func(*app.Config), settings ...kratostest.Setting) *site {
	t.Helper()
	return startSite(t, func(_ *site, config *app.Config) []kratostest.Setting {
		if change != nil {
			change(config)
		}
		return settings
	})
}

// startSSO starts a site whose users can log in to clients of a Hydra.
func startSSO(t *testing.T, change func(*app.Config)) *site {
	t.Helper()
	return startSite(t, func(s *site, config *app.Config) []kratostest.Setting {
		if change != nil {
			change(config)
		}
		s.hydra = hydratest.Start(t, hydratest.Config{LoginURL: s.url + "/login", ConsentURL: s.url + "/consent"})
		config.FormOrigins = []string{s.hydra.PublicURL}
		return []kratostest.Setting{kratostest.Set("oauth2_provider.url", s.hydra.AdminURL)}
	})
}

// startSite starts a site. Before that, prepare prepares it and returns settings for Kratos.
func startSite(t *testing.T, prepare func(*site, *app.Config) []kratostest.Setting) *site {
	t.Helper()
	chromium, err := findChromium()
	require.NoError(t, err)
	slots <- struct{}{}
	t.Cleanup(func() { <-slots })
	server := httptest.NewUnstartedServer(nil)
	s := &site{chromium: chromium, url: fmt.Sprintf("http://localhost:%d", server.Listener.Addr().(*net.TCPAddr).Port)}
	public := freePort(t)
	s.public = fmt.Sprintf("http://localhost:%d", public)
	config := app.Config{KratosURL: s.public, URL: s.url, Log: slog.New(slog.DiscardHandler)}
	settings := prepare(s, &config)
	s.direct = config.PostToKratos
	s.kratos = kratostest.Start(t, slices.Concat(playground.Settings(s.url), []kratostest.Setting{
		kratostest.Set("serve.public.port", public),
		kratostest.Set("selfservice.allowed_return_urls", append([]string{s.url}, config.ReturnOrigins...)),
	}, settings)...)
	s.ada, err = s.kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)

	config.Kratos, err = orylogin.New(config.KratosURL, orylogin.WithReturnOrigins(append(config.ReturnOrigins, s.url)...))
	require.NoError(t, err)
	server.Config.Handler = s.handler(t, config)
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// handler returns the application. For single sign-on it also has the consent page.
func (s *site) handler(t *testing.T, config app.Config) http.Handler {
	t.Helper()
	application, err := app.New(config)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/", application)
	if s.hydra != nil {
		mux.HandleFunc("/consent", s.hydra.Consent)
	}
	return mux
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := daemon.FreePort(t.Context())
	require.NoError(t, err)
	return port
}
