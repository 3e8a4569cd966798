package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/bench/measure"
)

func TestTarget(t *testing.T) {
	t.Parallel()
	costs := map[string][]measure.Cost{
		"a": {{Nanoseconds: 10, PerSecond: 60}},
		"b": {{Nanoseconds: 100, PerSecond: 10}},
	}
	for _, each := range []struct {
		target target
		want   float64
		met    bool
	}{
		{target{"e", timeSpent, "a", "b", 0.1, false}, 0.1, true},
		{target{"e", timeSpent, "a", "b", 0.09, false}, 0.1, false},
		{target{"e", throughput, "a", "b", 5, true}, 6, true},
		{target{"e", throughput, "a", "b", 7, true}, 6, false},
		{target{"e", timeSpent, "b", "", 64, false}, 100, false},
	} {
		measured := each.target.measured(costs)
		assert.InDelta(t, each.want, measured.Median, 1e-9)
		assert.Equal(t, each.met, each.target.met(measured), each.target)
	}
}

// TestTargetsHaveExperiments holds that no target is about an experiment that is not
// made, which would never be missed.
func TestTargetsHaveExperiments(t *testing.T) {
	t.Parallel()
	laboratory := newLaboratory(t)
	experiments, err := laboratory.experiments(false)
	require.NoError(t, err)
	contestants := map[string][]string{}
	for _, experiment := range experiments {
		for _, contestant := range experiment.contestants {
			contestants[experiment.name] = append(contestants[experiment.name], contestant.Name)
		}
	}
	for _, target := range targets {
		assert.Contains(t, contestants[target.experiment], target.contestant, target)
		if target.against != "" {
			assert.Contains(t, contestants[target.experiment], target.against, target)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	report := &report{Rounds: 1}
	report.add(
		experiment{name: load, contestants: []measure.Contestant{{Name: "orylogin"}, {Name: "ory/client-go"}}},
		map[string][]measure.Cost{
			"orylogin":      {{Nanoseconds: 1000, PerSecond: 60, Connections: 65}},
			"ory/client-go": {{Nanoseconds: 9000, PerSecond: 10, Connections: 4780}},
		})
	assert.True(t, report.missed())
	text := report.markdown()
	assert.Contains(t, text, "| 64 × 60 logins over loopback: connections opened | 65 | ≤ 64 | MISS |")
	assert.Contains(t, text, "| 64 × 60 logins over loopback: throughput against ory/client-go | 6 | ≥ 5 | ok |")
}

func TestParseBenchmark(t *testing.T) {
	t.Parallel()
	cost, err := parseBenchmark("BenchmarkX-2   \t 1000\t  8.753 ns/op\t  16 B/op\t  2 allocs/op\n")
	require.NoError(t, err)
	assert.Equal(t, measure.Cost{Nanoseconds: 8.753, Bytes: 16, Allocations: 2}, cost)
	_, err = parseBenchmark("no tests to run")
	require.Error(t, err)
}
