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

// counting is a Kratos that counts how often its code runs. It counts the packages that a login
// uses. Without the main package in the list, nothing would be counted.
var counting = daemon.Program{
	Name: program.Name, Package: program.Package, Folder: program.Folder, Env: program.Env,
	Counted: []string{
		program.Package, program.Package + "/continuity", program.Package + "/hash", program.Package + "/selfservice/...",
		program.Package + "/session/...", program.Package + "/text", program.Package + "/x/...",
	},
}

var countedOnce = sync.OnceValues(counting.Build)

// BuildCounted is Build for a binary that counts how often its code runs. The binary writes the
// counters to the folder in GOCOVERDIR.
func BuildCounted() (string, error) { return countedOnce() }

// releaseEnv is the environment variable for the release of a binary that does not say its
// release.
const releaseEnv = "KRATOS_RELEASE"

// builtOnce builds the binary at most once in a process. It also keeps a failure, so that not
// every test repeats it.
var builtOnce = sync.OnceValues(program.Build)

// Build returns the path of the Kratos binary. It builds the binary unless it is there and up
// to date. Start and Run call Build. A program can call it earlier, so that stderr says that it
// builds; go test hides that.
func Build() (string, error) { return builtOnce() }

var releasedOnce = sync.OnceValues(func() (Release, error) {
	binary, err := Build()
	if err != nil {
		return 0, err
	}
	return releaseOf(context.Background(), binary, os.Getenv(releaseEnv))
})

// BinaryRelease returns the release of the binary of Build.
func BinaryRelease() (Release, error) { return releasedOnce() }

var versionLine = regexp.MustCompile(`(?m)^Version:\s*(\S+)`)

// releaseOf returns the named release. Without a name it returns the release that the binary
// says: by the module that it was built from, or by its command version.
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
