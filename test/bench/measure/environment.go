package measure

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
)

var modelName = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)

// Environment says where figures are measured: the processor, by its architecture where
// Linux does not name it, and what runs on it.
func Environment() string {
	cpu := runtime.GOARCH
	info, _ := os.ReadFile("/proc/cpuinfo") // only Linux has it
	if found := modelName.FindSubmatch(info); found != nil {
		cpu = string(found[1])
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
