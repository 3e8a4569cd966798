package kratostest

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"

	"github.com/orylogin/orylogin/test/daemon"
)

var program = daemon.Program{
	Name: "Ory Kratos", Package: "github.com/ory/kratos", Folder: "kratos", Env: "KRATOS_BINARY",
}

// counting is a program that counts how often the code runs that a login runs. Without the
// main package nothing would be counted.
var counting = daemon.Program{
	Name: program.Name, Package: program.Package, Folder: program.Folder, Env: program.Env,
	Counted: []string{
		program.Package, program.Package + "/continuity", program.Package + "/hash", program.Package + "/selfservice/...",
		program.Package + "/session/...", program.Package + "/text", program.Package + "/x/...",
	},
}

var countedOnce = sync.OnceValues(counting.Build)

// BuildCounted is Build with a binary that counts how often its code runs. It writes that to the
// folder that GOCOVERDIR names.
func BuildCounted() (string, error) { return countedOnce() }

// releaseEnv is the environment variable that names the release of a binary which does not
// say it.
const releaseEnv = "KRATOS_RELEASE"

// builtOnce builds the binary at most once in a process. It keeps a failure,
// too, so that it is not repeated for every test.
var builtOnce = sync.OnceValues(program.Build)

// Build builds the Kratos binary, unless it is there and up to date, and returns
// its path. Start and Run call it; calling it before says on stderr that it builds,
// which go test hides.
func Build() (string, error) { return builtOnce() }

var releasedOnce = sync.OnceValues(func() (Release, error) {
	binary, err := Build()
	if err != nil {
		return 0, err
	}
	return releaseOf(context.Background(), binary, os.Getenv(releaseEnv))
})

// BinaryRelease returns the release of the binary that Build returns.
func BinaryRelease() (Release, error) { return releasedOnce() }

var versionLine = regexp.MustCompile(`(?m)^Version:\s*(\S+)`)

// releaseOf returns the release that is named or, if none is, that the binary says it is:
// by the module that it was built from, or by its command version.
func releaseOf(ctx context.Context, binary, named string) (Release, error) {
	if named != "" {
		return ParseRelease(named)
	}
	if info, err := buildinfo.ReadFile(binary); err == nil {
		if release, err := ParseRelease(info.Main.Version); err == nil {
			return release, nil
		}
	}
	said, err := exec.CommandContext(ctx, binary, "version").Output()
	if err != nil {
		return 0, fmt.Errorf("ask %s for its version: %w", binary, err)
	}
	version := ""
	if line := versionLine.FindSubmatch(said); line != nil {
		version = string(line[1])
	}
	release, err := ParseRelease(version)
	if err != nil {
		return 0, fmt.Errorf("%s does not say which release it is, so set RELEASE for make, or %s: %w", binary, releaseEnv, err)
	}
	return release, nil
}
