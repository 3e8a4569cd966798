package servercoverage

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// module is the prefix of the names of files.
const module = "github.com/ory/kratos/"

// Block is a part of a file that runs as a whole or not at all.
type Block struct {
	File                             string // below the folder of the module
	Line, Column, EndLine, EndColumn int
	Statements                       int
	Ran                              bool
}

var profileLine = regexp.MustCompile(`^(\S+):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)$`)

// ReadProfile reads the counters that servers have written to the folder.
func ReadProfile(ctx context.Context, folder string) ([]Block, error) {
	var failure bytes.Buffer
	command := exec.CommandContext(ctx, "go", "tool", "covdata", "textfmt", "-i="+folder, "-o=/dev/stdout") //nolint:gosec // the caller's folder
	command.Stderr = &failure
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("read the counters in %s: %w: %s", folder, err, failure.String())
	}
	blocks := parseProfile(string(text))
	if len(blocks) == 0 {
		return nil, fmt.Errorf("%s has no counters of a Kratos that was built with -cover and has ended by itself", folder)
	}
	return blocks, nil
}

// parseProfile returns the blocks of Kratos's own code.
func parseProfile(text string) []Block {
	var blocks []Block
	for line := range strings.Lines(text) {
		part := profileLine.FindStringSubmatch(strings.TrimSpace(line))
		if part == nil {
			continue
		}
		file, ours := strings.CutPrefix(part[1], module)
		if !ours {
			continue
		}
		var number [6]int
		for i := range number {
			number[i], _ = strconv.Atoi(part[i+2]) // cannot fail: the pattern has found digits
		}
		blocks = append(blocks, Block{
			File: file, Line: number[0], Column: number[1], EndLine: number[2], EndColumn: number[3],
			Statements: number[4], Ran: number[5] > 0,
		})
	}
	return blocks
}
