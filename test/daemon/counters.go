package daemon

import (
	"debug/buildinfo"
	"os"
	"runtime/debug"
	"slices"
	"syscall"
)

// countersEnv is the environment variable that names a folder. A server that was built with
// -cover writes there how often each block of its code has run, when it ends by itself.
const countersEnv = "GOCOVERDIR"

// counters is what the environment of such a server has for that, if that of this process has it.
func (p *Process) counters() []string {
	folder, set := os.LookupEnv(countersEnv)
	info, err := buildinfo.ReadFile(p.binary)
	if !set || err != nil || !slices.Contains(info.Settings, debug.BuildSetting{Key: "-cover", Value: "true"}) {
		return nil
	}
	return []string{countersEnv + "=" + folder}
}

// writeCounters has such a server end by itself, if it runs.
func (p *Process) writeCounters() {
	if p.counters() != nil && p.Done() != nil {
		_ = p.Halt(syscall.SIGTERM) // it is killed if it does not end
	}
}
