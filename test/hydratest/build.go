package hydratest

import (
	"sync"

	"github.com/orylogin/orylogin/test/daemon"
)

var program = daemon.Program{
	Name: "Ory Hydra", Package: "github.com/ory/hydra/v2", Folder: "hydra", Env: "HYDRA_BINARY",
}

// builtOnce builds the binary at most once in a process. It also keeps a failure, so that not
// every test repeats it.
var builtOnce = sync.OnceValues(program.Build)

// Build returns the path of the Hydra binary. It builds the binary unless it is there and up to
// date. Start and Run call Build. A program can call it earlier, so that stderr says that it
// builds; go test hides that.
func Build() (string, error) { return builtOnce() }
