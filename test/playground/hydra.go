package playground

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
)

// StartHydra starts an Ory Hydra that uses the login page and the consent page of the
// application. It also starts another application, whose users log in there. Both run until ctx
// ends. It prints their URLs. It returns their origins, and the setting with which Kratos knows
// Hydra.
func StartHydra(ctx context.Context, appURL string) (*hydratest.Server, []string, kratostest.Setting, error) {
	none := kratostest.Setting{}
	hydra, err := hydratest.Run(ctx, hydratest.Config{
		LoginURL: appURL + "/login", ConsentURL: appURL + "/consent", PublicPort: hydraPort, AdminPort: hydraAdminPort,
	})
	if err != nil {
		return nil, nil, none, err
	}
	listener, err := listenNear(ctx, localhost, hydraClientPort)
	if err != nil {
		return nil, nil, none, err
	}
	clientURL := localURL(portOf(listener)).String()
	client, err := hydra.NewClient(ctx, "the client", clientURL)
	if err != nil {
		return nil, nil, none, err
	}
	go serveBeside(ctx, listener, "the client of Hydra", client)
	printURL("Hydra", hydra.PublicURL, hydraPort)
	printLine("", "sends browsers to "+appURL+"/login and then to "+appURL+"/consent")
	printURL("Hydra admin", hydra.AdminURL, hydraAdminPort)
	printURL("client", clientURL, hydraClientPort)
	printLine("", "of Hydra: logs its users in with the application; /?prompt=login asks them again")
	return hydra, []string{hydra.PublicURL, clientURL}, kratostest.Set("oauth2_provider.url", hydra.AdminURL), nil
}

// serveBeside serves a handler until ctx ends. The name is for its error messages.
func serveBeside(ctx context.Context, listener net.Listener, name string, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); ctx.Err() == nil {
		plain.Println(name, "has ended:", err)
	}
}
