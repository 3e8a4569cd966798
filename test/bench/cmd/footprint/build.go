package main

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
)

//go:embed programs
var sources embed.FS

// program logs in with one of the contenders.
type program struct {
	name     string
	source   string
	requires string // the module that it needs, if any
}

// footprint is what a program costs.
type footprint struct {
	Name    string         `json:"name"`
	Modules []string       `json:"modules"`
	Foreign []string       `json:"foreign_packages"`
	CPU     measure.Spread `json:"build_cpu_seconds"`
	Binary  int64          `json:"stripped_bytes"`

	symbols map[string]int64 // bytes by package
}

const (
	ourModule = "github.com/orylogin/orylogin"
	sdkModule = "github.com/ory/client-go"
)

// measureAll builds the programs in turn, round by round.
func measureAll(ctx context.Context, work string, rounds int) ([]footprint, error) {
	programs := []program{
		{contenders.ByHand, "byhand", ""},
		{contenders.Ours, "ours", ourModule},
		{contenders.SDK, "sdk", sdkModule},
	}
	seconds := map[string][]float64{}
	for _, program := range programs {
		if err := program.write(ctx, filepath.Join(work, program.source)); err != nil {
			return nil, err
		}
	}
	for round := range rounds {
		for _, program := range programs {
			fmt.Fprintf(os.Stderr, "build %d of %d: %s ...\n", round+1, rounds, program.name)
			cpu, err := coldBuild(ctx, filepath.Join(work, program.source))
			if err != nil {
				return nil, err
			}
			seconds[program.name] = append(seconds[program.name], cpu.Seconds())
		}
	}
	var measured []footprint
	for _, program := range programs {
		footprint, err := look(ctx, filepath.Join(work, program.source))
		if err != nil {
			return nil, err
		}
		footprint.Name, footprint.CPU = program.name, measure.SpreadOf(seconds[program.name])
		measured = append(measured, footprint)
	}
	return measured, nil
}

// write makes a module of the program.
func (p program) write(ctx context.Context, folder string) error {
	source, err := sources.ReadFile("programs/" + p.source + ".go.txt")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	mod, err := p.module(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte(mod), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "main.go"), source, 0o600)
}

// module returns the go.mod of the program. It requires what this module has.
func (p program) module(ctx context.Context) (string, error) {
	mod := "module example.com/consumer\n\ngo 1.26.0\n"
	if p.requires == "" {
		return mod, nil
	}
	required, err := goList(ctx, ".", "-m", "-f", "{{.Version}} {{.Dir}}", p.requires)
	if err != nil {
		return "", err
	}
	mod += fmt.Sprintf("\nrequire %s %s\n", p.requires, required[0])
	if p.requires == ourModule {
		mod += fmt.Sprintf("\nreplace %s => %s\n", ourModule, required[1])
	}
	return mod, nil
}

// coldBuild builds a program from an empty cache and returns the CPU time of it, that
// of the standard library included.
func coldBuild(ctx context.Context, folder string) (time.Duration, error) {
	cache, err := os.MkdirTemp(filepath.Dir(folder), "cache-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(cache) }()
	build := goCommand(ctx, folder, "build", "-trimpath", "-ldflags=-s -w", "-o", "stripped", ".")
	build.Env = append(build.Env, "GOCACHE="+cache)
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build %s: %w\n%s", folder, err, out)
	}
	return build.ProcessState.UserTime() + build.ProcessState.SystemTime(), nil
}

// look returns what can be seen of a program that was built.
func look(ctx context.Context, folder string) (footprint, error) {
	var seen footprint
	modules, err := goList(ctx, folder, "-m", "-f", "{{if not .Main}}{{.Path}}{{end}}", "all")
	if err != nil {
		return seen, err
	}
	packages, err := goList(ctx, folder, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	if err != nil {
		return seen, err
	}
	seen.Modules = modules
	for _, path := range packages {
		if path != "example.com/consumer" && !strings.HasPrefix(path+"/", ourModule+"/") {
			seen.Foreign = append(seen.Foreign, path)
		}
	}
	info, err := os.Stat(filepath.Join(folder, "stripped"))
	if err != nil {
		return seen, err
	}
	seen.Binary = info.Size()
	seen.symbols, err = symbols(ctx, folder)
	return seen, err
}

// goList runs go list and returns the lines that are not empty.
func goList(ctx context.Context, folder string, args ...string) ([]string, error) {
	out, err := goCommand(ctx, folder, append([]string{"list"}, args...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", strings.Join(args, " "), err)
	}
	return strings.Fields(string(out)), nil
}

func goCommand(ctx context.Context, folder string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // no input
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	return command
}

// symbols returns the bytes of a program's symbols by package.
func symbols(ctx context.Context, folder string) (map[string]int64, error) {
	build := goCommand(ctx, folder, "build", "-trimpath", "-o", "full", ".")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w\n%s", folder, err, out)
	}
	out, err := goCommand(ctx, folder, "tool", "nm", "-size", "full").Output()
	if err != nil {
		return nil, fmt.Errorf("go tool nm: %w", err)
	}
	return byPackage(out), nil
}

// byPackage adds up what go tool nm prints: address, size, kind and name of a symbol.
func byPackage(table []byte) map[string]int64 {
	sizes := map[string]int64{}
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) < 4 || strings.EqualFold(fields[2], "b") {
			continue
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			continue
		}
		sizes[packageOf(fields[3])] += size
	}
	return sizes
}

// packageOf returns the package of a symbol: what stands before the first dot after
// the last slash of the path.
func packageOf(symbol string) string {
	name, _, _ := strings.Cut(symbol, "[")
	name, _, _ = strings.Cut(name, "(")
	slash := strings.LastIndex(name, "/") + 1
	if dot := strings.IndexByte(name[slash:], '.'); dot > 0 {
		return name[:slash+dot]
	}
	return "(types, data and the runtime's tables)"
}

// share is how many bytes more of a package one binary has than another.
type share struct {
	Package string `json:"package"`
	Bytes   int64  `json:"bytes"`
}

// shares returns what the binary with this module has more than the hand-written one,
// the largest first, without what is less than a kilobyte.
func shares(measured []footprint) []share {
	byHand, ours := measured[0].symbols, measured[1].symbols
	var listed []share
	for _, path := range slices.Sorted(maps.Keys(ours)) {
		if more := ours[path] - byHand[path]; more >= 1000 {
			listed = append(listed, share{path, more})
		}
	}
	slices.SortStableFunc(listed, func(a, b share) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return listed
}
