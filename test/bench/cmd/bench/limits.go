package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
)

// defaultLimit is the default size limit of this module for an answer.
const defaultLimit = 4 << 20

// flood returns the experiment about memory. It needs only one round.
func (l *laboratory) flood() experiment {
	flood := experiment{name: huge, rounds: 1}
	for _, contender := range contenders.All() {
		client := contender.New("http://127.0.0.1", hugeAnswer{})
		flood.add(contender.Name, func() (measure.Cost, error) {
			return measure.Run(1, func() error {
				if fetchFlow(l.ctx, client) == nil {
					return errors.New("spaces were taken for a flow")
				}
				return nil
			})
		})
	}
	return flood
}

// classification returns the experiment about what only a benchmark within the package can
// measure.
func (l *laboratory) classification() experiment {
	classified := experiment{name: classification, rounds: 1}
	classified.add(contenders.Ours, func() (measure.Cost, error) { return benchmark(l.ctx, "BenchmarkClassification") })
	return classified
}

// hugeAnswer is a handler that answers with 1 GiB of spaces.
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

// benchmark runs a benchmark of the root package.
func benchmark(ctx context.Context, name string) (measure.Cost, error) {
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+name+"$", "-benchmem", "github.com/orylogin/orylogin") //nolint:gosec // no input
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return measure.Cost{}, fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	var cost measure.Cost
	_, line, _ := strings.Cut(string(out), "\n"+name)
	var cores string
	var times int
	if _, err := fmt.Sscanf(name+line, "%s %d %f ns/op %f B/op %f allocs/op",
		&cores, &times, &cost.Nanoseconds, &cost.Bytes, &cost.Allocations); err != nil {
		return measure.Cost{}, fmt.Errorf("there is no benchmark in %q: %w", out, err)
	}
	return cost, nil
}
