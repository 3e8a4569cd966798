package measure

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Environment is where figures were measured.
type Environment struct {
	CPU      string            `json:"cpu"`
	Cores    int               `json:"cores"`
	Platform string            `json:"platform"`
	Go       string            `json:"go"`
	Modules  map[string]string `json:"modules"` // versions by path
}

// Here returns the environment of this process.
func Here() Environment {
	environment := Environment{
		CPU:      processor(),
		Cores:    runtime.NumCPU(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Go:       runtime.Version(),
		Modules:  map[string]string{},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			environment.Modules[module.Path] = module.Version
		}
	}
	return environment
}

// processor returns what Linux calls the processor, or the architecture elsewhere.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, value, found := strings.Cut(lines.Text(), ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
