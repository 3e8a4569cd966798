package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
)

//go:embed programs
var sources embed.FS

const (
	ourModule = "github.com/orylogin/orylogin"
	sdkModule = "github.com/ory/client-go"
)

// footprint is the cost of a program.
type footprint struct {
	name    string
	modules int // that the program needs in addition
	foreign int // linked packages that are not of this module
	cpu     measure.Spread
	binary  int64 // bytes of the stripped binary
	symbols map[string]int64
}

// program logs in with one of the contenders. It is a module of its own.
type program struct {
	contender string
	source    string
	requires  string // the module that it requires, if any
	folder    string
	seconds   []float64 // of its builds
}

// measureAll builds the programs in turn, round by round.
func measureAll(ctx context.Context, work string, rounds int) ([]footprint, error) {
	programs := []*program{
		{contender: contenders.ByHand, source: "byhand"},
		{contender: contenders.Ours, source: "ours", requires: ourModule},
		{contender: contenders.SDK, source: "sdk", requires: sdkModule},
	}
	for _, program := range programs {
		program.folder = filepath.Join(work, program.source)
		if err := program.write(ctx); err != nil {
			return nil, err
		}
	}
	for round := range rounds {
		for _, program := range programs {
			fmt.Fprintf(os.Stderr, "build %d of %d: %s ...\n", round+1, rounds, program.contender)
			if err := program.coldBuild(ctx); err != nil {
				return nil, err
			}
		}
	}
	var measured []footprint
	for _, program := range programs {
		footprint, err := program.footprint(ctx)
		if err != nil {
			return nil, err
		}
		measured = append(measured, footprint)
	}
	return measured, nil
}

// write writes the module of the program. It requires the versions that this module requires.
func (p *program) write(ctx context.Context) error {
	mod := "module example.com/consumer\n\ngo 1.26.0\n"
	if p.requires != "" {
		required, err := goList(ctx, ".", "-m", "-f", "{{.Version}} {{.Dir}}", p.requires)
		if err != nil {
			return err
		}
		mod += fmt.Sprintf("\nrequire %s %s\n", p.requires, required[0])
		if p.requires == ourModule {
			mod += fmt.Sprintf("\nreplace %s => %s\n", ourModule, required[1])
		}
	}
	code, err := sources.ReadFile("programs/" + p.source + ".go.txt")
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(p.folder, 0o750),
		os.WriteFile(filepath.Join(p.folder, "go.mod"), []byte(mod), 0o600),
		os.WriteFile(filepath.Join(p.folder, "main.go"), code, 0o600),
	)
}

// coldBuild builds the program with an empty cache, including the standard library.
func (p *program) coldBuild(ctx context.Context) error {
	cache, err := os.MkdirTemp("", "footprint-cache-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(cache) }()
	build := goCommand(ctx, p.folder, "build", "-trimpath", "-ldflags=-s -w", "-o", "stripped", ".")
	build.Env = append(build.Env, "GOCACHE="+cache)
	if err := build.Run(); err != nil {
		return fmt.Errorf("build %s: %w", p.folder, err)
	}
	p.seconds = append(p.seconds, (build.ProcessState.UserTime() + build.ProcessState.SystemTime()).Seconds())
	return nil
}

// footprint returns the cost of the program after a build.
func (p *program) footprint(ctx context.Context) (footprint, error) {
	seen := footprint{name: p.contender, cpu: measure.SpreadOf(p.seconds)}
	modules, err := goList(ctx, p.folder, "-m", "-f", "{{if not .Main}}{{.Path}}{{end}}", "all")
	if err != nil {
		return seen, err
	}
	packages, err := goList(ctx, p.folder, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	if err != nil {
		return seen, err
	}
	seen.modules = len(modules)
	for _, path := range packages {
		if path != "example.com/consumer" && !strings.HasPrefix(path+"/", ourModule+"/") {
			seen.foreign++
		}
	}
	info, err := os.Stat(filepath.Join(p.folder, "stripped"))
	if err != nil {
		return seen, err
	}
	seen.binary = info.Size()
	seen.symbols, err = p.symbols(ctx)
	return seen, err
}

// goList runs go list and returns the printed words.
func goList(ctx context.Context, folder string, args ...string) ([]string, error) {
	out, err := goCommand(ctx, folder, append([]string{"list"}, args...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", strings.Join(args, " "), err)
	}
	return strings.Fields(string(out)), nil
}

// goCommand returns a go command in a folder. Its errors go to standard error.
func goCommand(ctx context.Context, folder string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // no input
	command.Dir, command.Stderr = folder, os.Stderr
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	return command
}

// symbols returns the bytes of the program's symbols by package. A line of go tool nm has the
// address, size, kind and name of a symbol.
func (p *program) symbols(ctx context.Context) (map[string]int64, error) {
	if err := goCommand(ctx, p.folder, "build", "-trimpath", "-o", "full", ".").Run(); err != nil {
		return nil, fmt.Errorf("build %s: %w", p.folder, err)
	}
	table, err := goCommand(ctx, p.folder, "tool", "nm", "-size", "full").Output()
	if err != nil {
		return nil, fmt.Errorf("go tool nm: %w", err)
	}
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
	return sizes, nil
}

// packageOf returns the package of a symbol: the text before the first dot after the last
// slash.
func packageOf(symbol string) string {
	name, _, _ := strings.Cut(symbol, "[")
	name, _, _ = strings.Cut(name, "(")
	slash := strings.LastIndex(name, "/") + 1
	if dot := strings.IndexByte(name[slash:], '.'); dot > 0 {
		return name[:slash+dot]
	}
	return "(types, data and the runtime's tables)"
}
