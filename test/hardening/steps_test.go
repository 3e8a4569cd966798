package hardening

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// counted are the packages whose statements count: those of this module, and those of the
// standard library that read input.
const counted = "github.com/orylogin/orylogin/...,bytes,encoding/json,mime,net/http,net/netip,net/textproto,net/url,slices,strings"

// TestSteps checks that the steps of reading an input grow no faster than its size. It counts
// the statements that each row of TestInputs executes, by the coverage of tests. A loop of
// package bytes or strings in assembly counts as one step.
func TestSteps(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "session"} {
		binary := filepath.Join(t.TempDir(), "inputs.test")
		build := exec.CommandContext(t.Context(), "go", "test", "-c", "-covermode=count", "-coverpkg="+counted, "-o", binary, "./"+folder)
		build.Dir = filepath.Join("..", "..")
		output, err := build.CombinedOutput()
		require.NoError(t, err, "%s", output)
		rows := regexp.MustCompile(`--- PASS: TestInputs/(\S+)`).FindAllStringSubmatch(runInputs(t, binary, "", "1", ""), -1)
		require.NotEmpty(t, rows)
		for _, row := range rows {
			t.Run(folder+"/"+row[1], func(t *testing.T) {
				t.Parallel()
				one, four, sixteen := steps(t, binary, row[1], 1), steps(t, binary, row[1], 4), steps(t, binary, row[1], 16)
				// A quadratic cost would grow by 16, and the cost of sorting by 5. The counters
				// have 32 bits, so the larger size alone could be misleading.
				require.Less(t, four-one, 6*one, "%d %d %d", one, four, sixteen)
				require.Less(t, sixteen-four, 6*(four-one)+2000, "%d %d %d", one, four, sixteen)
			})
		}
	}
}

// steps returns how many statements a row executes at a multiple of its size.
func steps(t *testing.T, binary, row string, times int) int {
	t.Helper()
	profile := filepath.Join(t.TempDir(), "steps")
	runInputs(t, binary, "^"+regexp.QuoteMeta(row)+"$", strconv.Itoa(times), profile)
	text, err := os.ReadFile(profile)
	require.NoError(t, err)
	total := 0
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 { // a block, the number of its statements, and how often it ran
			statements, _ := strconv.Atoi(fields[1])
			often, _ := strconv.Atoi(fields[2])
			total += statements * often
		}
	}
	require.Positive(t, total)
	return total
}

func runInputs(t *testing.T, binary, row, times, profile string) string {
	t.Helper()
	run := exec.CommandContext(t.Context(), binary, "-test.v", "-test.run=^TestInputs$/"+row)
	if profile != "" {
		run.Args = append(run.Args, "-test.coverprofile="+profile)
	}
	run.Env = append(os.Environ(), "INPUT_TIMES="+times)
	run.Dir = filepath.Join("..", "..")
	output, err := run.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return string(output)
}
