package measure

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
)

var modelName = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)

// Environment describes the machine: its processor and cores, operating system and Go
// version. Where Linux does not name the processor, it is described by its architecture.
func Environment() string {
	cpu := runtime.GOARCH
	info, _ := os.ReadFile("/proc/cpuinfo") // only Linux has it
	if found := modelName.FindSubmatch(info); found != nil {
		cpu = string(found[1])
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
