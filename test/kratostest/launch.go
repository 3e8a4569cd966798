package kratostest

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/orylogin/orylogin/test/daemon"
)

// launch starts a server and waits until it answers.
func launch(ctx context.Context, settings []Setting) (*Server, error) {
	binary, err := Build()
	if err != nil {
		return nil, err
	}
	release, err := BinaryRelease()
	if err != nil {
		return nil, err
	}
	return daemon.Launch(func() (*Server, error) { return attempt(ctx, binary, release, settings) })
}

func attempt(ctx context.Context, binary string, release Release, settings []Setting) (*Server, error) {
	config, err := configure(ctx, release, settings)
	if err != nil {
		return nil, fmt.Errorf("configure Kratos: %w", err)
	}
	encoded, mark, err := config.encode()
	if err != nil {
		return nil, fmt.Errorf("configure Kratos: %w", err)
	}
	if err := config.migrate(ctx, binary); err != nil {
		return nil, err
	}
	process, err := program.Start(ctx, binary, encoded, func(file string) []string {
		// The flag --dev has a default that overrides the key in the file.
		dev := fmt.Sprintf("--dev=%t", config.get("dev") == true)
		return []string{"serve", dev, "--sqa-opt-out", "--config", file}
	})
	if err != nil {
		return nil, err
	}
	server := &Server{
		PublicURL: config.url(publicPort),
		AdminURL:  config.url(adminPort),
		Release:   release,
		process:   process,
		client:    daemon.NewClient(),
		config:    config,
		mark:      mark,
		mails:     map[string]bool{},
	}
	if err := server.awaitReady(ctx, mark); err != nil {
		defer server.Stop()
		return nil, fmt.Errorf("start Kratos: %w; the end of its log:\n%s", err, process.LogTail())
	}
	return server, nil
}

// migrate creates the tables of the database. A database in memory needs none.
func (c configuration) migrate(ctx context.Context, binary string) error {
	dsn := fmt.Sprint(c.get(database))
	if dsn == inMemory {
		return nil
	}
	command := exec.CommandContext(ctx, binary, "migrate", "sql", "-e", "--yes")
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "DSN=" + dsn}
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("make the tables of Kratos: %w\n%s", err, said)
	}
	return nil
}

// awaitReady waits until both listeners answer and the server uses the configuration with the
// mark. The mark tells this server from another one at the same port.
func (s *Server) awaitReady(ctx context.Context, mark string) error {
	return s.process.Await(ctx, func(ctx context.Context) bool {
		return s.client.Get(ctx, s.AdminAPI()+"/health/ready", nil) == nil &&
			s.client.Get(ctx, s.PublicURL+"/schemas/"+mark, nil) == nil
	})
}
