package playground

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"github.com/orylogin/orylogin/test/kratostest"
)

// The usual ports, and the usual host of the application and of the public API.
const (
	publicPort      = 4433
	adminPort       = 4434
	hydraPort       = 4444
	hydraAdminPort  = 4445
	hydraClientPort = 4446
	keysPort        = 4435
	appPort         = 4455
	localhost       = "localhost"
)

func listen(ctx context.Context, host, port string) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "tcp4", net.JoinHostPort(host, port))
}

// listenNear listens at the port, or at any other port if that one is in use.
func listenNear(ctx context.Context, host string, port int) (net.Listener, error) {
	listener, err := listen(ctx, host, strconv.Itoa(port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return listen(ctx, host, "0")
	}
	return listener, err
}

func portOf(listener net.Listener) int {
	return listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
}

// startKratos starts Kratos at its usual ports. For ports that are in use it takes others. It
// tries again if a port was taken in the meantime.
func startKratos(ctx context.Context, host string, settings []kratostest.Setting) (*kratostest.Server, error) {
	for {
		ports, err := usualPorts(ctx, host)
		if err != nil {
			return nil, err
		}
		server, err := kratostest.Run(ctx, append(ports, settings...)...)
		if err == nil || ctx.Err() != nil {
			return server, err
		}
		if now, _ := usualPorts(ctx, host); len(now) == len(ports) {
			return nil, err
		}
	}
}

// usualPorts returns settings for Kratos's usual ports, without those that are in use.
func usualPorts(ctx context.Context, host string) ([]kratostest.Setting, error) {
	var settings []kratostest.Setting
	for _, usual := range []struct {
		key, host string
		port      int
	}{
		{"serve.public.port", host, publicPort},
		{"serve.admin.port", "127.0.0.1", adminPort},
	} {
		listener, err := listenNear(ctx, usual.host, usual.port)
		if err != nil {
			return nil, fmt.Errorf("start Kratos at %s, which has to be this machine: %w", usual.host, err)
		}
		if portOf(listener) == usual.port {
			settings = append(settings, kratostest.Set(usual.key, usual.port))
		}
		if err := listener.Close(); err != nil {
			return nil, err
		}
	}
	return settings, nil
}
