package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
)

// defaultLimit is how much of an answer this module reads by default.
const defaultLimit = 4 << 20

// limits are the experiments that are about memory and need one round only.
func (l *laboratory) limits() ([]experiment, error) {
	flood := experiment{name: huge, rounds: 1}
	for _, contender := range contenders.All() {
		client, err := contender.New("http://127.0.0.1", hugeAnswer{})
		if err != nil {
			return nil, err
		}
		flood.add(contender.Name, func() (measure.Cost, error) {
			return measure.Run(1, func() error {
				if _, err := client.GetFlow(l.ctx, "a flow"); err == nil {
					return errors.New("spaces were taken for a flow")
				}
				return nil
			})
		})
	}
	classified := experiment{name: classification, rounds: 1}
	classified.add(contenders.Ours, func() (measure.Cost, error) { return benchmark(l.ctx, "BenchmarkClassification") })
	return []experiment{flood, classified}, nil
}

// hugeAnswer answers with 1 GiB of spaces.
type hugeAnswer struct{}

func (hugeAnswer) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Status:        "200 OK",
		Header:        http.Header{"Content-Type": {"application/json"}},
		ContentLength: -1,
		Body:          io.NopCloser(io.LimitReader(spaces{}, 1<<30)),
		Request:       request,
	}, nil
}

// spaces is an endless text.
type spaces struct{}

func (spaces) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = ' '
	}
	return len(into), nil
}

// benchmarkLine is what go test prints of a benchmark.
var benchmarkLine = regexp.MustCompile(`\s([0-9.]+) ns/op\s+([0-9]+) B/op\s+([0-9]+) allocs/op`)

// benchmark runs a benchmark of the root package, for what cannot be seen from
// outside of it.
func benchmark(ctx context.Context, name string) (measure.Cost, error) {
	folder, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", rootModule).Output()
	if err != nil {
		return measure.Cost{}, fmt.Errorf("find the module: %w", err)
	}
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+name+"$", "-benchmem", ".") //nolint:gosec // no input
	command.Dir = string(bytes.TrimSpace(folder))
	out, err := command.CombinedOutput()
	if err != nil {
		return measure.Cost{}, fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return parseBenchmark(string(out))
}

const rootModule = "github.com/orylogin/orylogin"

func parseBenchmark(output string) (measure.Cost, error) {
	found := benchmarkLine.FindStringSubmatch(output)
	if found == nil {
		return measure.Cost{}, fmt.Errorf("there is no benchmark in %q", output)
	}
	var values [3]float64
	for i, text := range found[1:] {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return measure.Cost{}, err
		}
		values[i] = value
	}
	return measure.Cost{Nanoseconds: values[0], Bytes: values[1], Allocations: values[2]}, nil
}
