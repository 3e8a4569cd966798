package measure_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/bench/measure"
)

var (
	errBroken = errors.New("broken")
	sink      []byte
)

func nanoseconds(cost measure.Cost) float64 { return cost.Nanoseconds }

func TestSpread(t *testing.T) {
	t.Parallel()
	assert.Equal(t, measure.Spread{}, measure.SpreadOf(nil))
	assert.Equal(t, measure.Spread{Median: 7, Low: 7, High: 7}, measure.SpreadOf([]float64{7}))
	assert.Equal(t, measure.Spread{Median: 3, Low: 2, High: 4}, measure.SpreadOf([]float64{5, 1, 4, 2, 3}))
	assert.Equal(t, measure.Spread{Median: 2.5, Low: 1.75, High: 3.25}, measure.SpreadOf([]float64{4, 3, 2, 1}))
}

func TestRatioIsTakenRoundByRound(t *testing.T) {
	t.Parallel()
	costs := []measure.Cost{{Nanoseconds: 10}, {Nanoseconds: 1000}, {Nanoseconds: 30}}
	against := []measure.Cost{{Nanoseconds: 20}, {Nanoseconds: 2000}, {Nanoseconds: 60}}
	assert.Equal(t, measure.Spread{Median: 0.5, Low: 0.5, High: 0.5}, measure.Ratio(costs, against, nanoseconds))
	assert.InDelta(t, 30, measure.Of(costs, nanoseconds).Median, 0)
	assert.InDelta(t, 30, measure.Medians(costs).Nanoseconds, 0)
}

func TestInterleave(t *testing.T) {
	t.Parallel()
	var order string
	contestant := func(name string) measure.Contestant {
		return measure.Contestant{Name: name, Sample: func() (measure.Cost, error) {
			order += name
			return measure.Cost{Allocations: float64(len(order))}, nil
		}}
	}
	costs, err := measure.Interleave(3, []measure.Contestant{contestant("a"), contestant("b"), contestant("c")})
	require.NoError(t, err)
	assert.Equal(t, "abcbcacab", order)
	assert.Equal(t, []measure.Cost{{Allocations: 1}, {Allocations: 6}, {Allocations: 8}}, costs["a"])
}

func TestInterleaveStopsAtAnError(t *testing.T) {
	t.Parallel()
	_, err := measure.Interleave(2, []measure.Contestant{
		{Name: "a", Sample: func() (measure.Cost, error) { return measure.Cost{}, errBroken }},
		{Name: "b", Sample: func() (measure.Cost, error) { panic("not reached") }},
	})
	require.ErrorIs(t, err, errBroken)
	require.ErrorContains(t, err, "a: ")
}

func TestPer(t *testing.T) {
	t.Parallel()
	whole := measure.Cost{Nanoseconds: 80, CPUNanoseconds: 160, Bytes: 8, Allocations: 4, PerSecond: 5}
	part := measure.Cost{Nanoseconds: 10, CPUNanoseconds: 20, Bytes: 1, Allocations: 0.5, PerSecond: 5}
	assert.Equal(t, part, whole.Per(8))
}

func TestRunCountsPerOperation(t *testing.T) { //nolint:paralleltest // it counts the allocations of the process
	const operations = 1000
	cost, err := measure.Run(operations, func() error {
		for range operations {
			sink = make([]byte, 4096)
		}
		return nil
	})
	require.NoError(t, err)
	assert.InDelta(t, 1, cost.Allocations, 0.1)
	assert.InDelta(t, 4096, cost.Bytes, 200)
	assert.Positive(t, cost.Nanoseconds)
	assert.InEpsilon(t, 1e9, cost.Nanoseconds*cost.PerSecond, 0.01)
}

func TestRepeat(t *testing.T) {
	t.Parallel()
	done := 0
	sample := measure.Repeat(time.Microsecond, func() error {
		done++
		return nil
	})
	_, err := sample()
	require.NoError(t, err)
	assert.Positive(t, done)

	_, err = measure.Repeat(time.Microsecond, func() error { return errBroken })()
	require.ErrorIs(t, err, errBroken)
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	here := measure.Here()
	assert.NotEmpty(t, here.CPU)
	assert.Positive(t, here.Cores)
	assert.NotEmpty(t, here.Go)
}
