package daemon

import (
	"debug/buildinfo"
	"os"
	"runtime/debug"
	"slices"
	"syscall"
)

// countersEnv is the environment variable for a folder. A server that is built with -cover
// writes counters there when it ends normally. They say how often each block of its code has
// run.
const countersEnv = "GOCOVERDIR"

// counters returns the server's environment for its counters, if this process has it.
func (p *Process) counters() []string {
	folder, set := os.LookupEnv(countersEnv)
	info, err := buildinfo.ReadFile(p.binary)
	if !set || err != nil || !slices.Contains(info.Settings, debug.BuildSetting{Key: "-cover", Value: "true"}) {
		return nil
	}
	return []string{countersEnv + "=" + folder}
}

// writeCounters makes such a server end normally if it runs.
func (p *Process) writeCounters() {
	if p.counters() != nil && p.Done() != nil {
		_ = p.Halt(syscall.SIGTERM) // a server that does not end is killed
	}
}
