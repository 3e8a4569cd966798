package main

import (
	"fmt"
	"math"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
)

// The names of the experiments that have targets.
const (
	decodeFlow     = "decode a flow of 8 nodes"
	decodeSuccess  = "decode a success"
	login          = "login over loopback"
	load           = "64 × 60 logins over loopback"
	huge           = "an answer of 1 GiB"
	classification = "classification of a decoded success"
	nodeGrowth     = "decode, per node"
	callerGrowth   = "login, per caller"
	cachedCheck    = "a request behind a guard, cached"
	uncachedCheck  = "a check over loopback"
	coldCache      = "256 checks on a cold cache"
	fullCache      = "64 × 1,000 checks of 1,000 sessions"
	signedCheck    = "a check of a signed session"
)

// figure is one figure of a cost.
type figure struct {
	name string
	of   func(measure.Cost) float64
}

var (
	timeSpent   = figure{"time", func(c measure.Cost) float64 { return c.Nanoseconds }}
	cpu         = figure{"CPU", func(c measure.Cost) float64 { return c.CPUNanoseconds }} // on a quiet machine, one caller waits as long
	allocated   = figure{"bytes allocated", func(c measure.Cost) float64 { return c.Bytes }}
	memory      = figure{"MiB allocated", func(c measure.Cost) float64 { return c.Bytes / (1 << 20) }}
	allocations = figure{"allocations", func(c measure.Cost) float64 { return math.Round(c.Allocations*100) / 100 }} // the runtime makes some, too
	connections = figure{"connections opened", func(c measure.Cost) float64 { return c.Connections }}
	requests    = figure{"whoami calls", func(c measure.Cost) float64 { return c.Requests }}
	kept        = figure{"MiB kept", func(c measure.Cost) float64 { return c.Kept / (1 << 20) }}
	throughput  = figure{"throughput", func(c measure.Cost) float64 { return c.PerSecond }}
)

// target is a limit for a figure of an experiment. The limit is for the figure itself, or for
// its ratio to that of another contestant.
type target struct {
	experiment string
	figure     figure
	contestant string
	against    string // empty for the figure itself
	limit      float64
	atLeast    bool
}

// growthOfBuffer limits the total allocation for reading an answer as large as the limit. The
// buffer doubles until it is large enough, so the earlier buffers add up.
const growthOfBuffer = 5

// targets are the targets of this module.
var targets = []target{
	{decodeFlow, timeSpent, contenders.Ours, contenders.ByHand, 1.05, false},
	{decodeFlow, timeSpent, contenders.Ours, contenders.SDK, 0.08, false},
	{decodeSuccess, timeSpent, contenders.Ours, contenders.ByHand, 1.10, false},
	{login, cpu, contenders.Ours, contenders.ByHand, 1.05, false},
	{login, allocations, contenders.Ours, contenders.ByHand, 1.05, false},
	{login, cpu, contenders.Ours, contenders.SDK, 0.20, false},
	{login, allocations, contenders.Ours, contenders.SDK, 0.08, false},
	{load, connections, contenders.Ours, "", callers, false},
	{load, throughput, contenders.Ours, contenders.SDK, 5, true},
	{classification, allocations, contenders.Ours, "", 0, false},
	{huge, memory, contenders.Ours, "", growthOfBuffer * defaultLimit / (1 << 20), false},
	{nodeGrowth, timeSpent, "80 nodes", "8 nodes", 1.05, false},
	{nodeGrowth, timeSpent, "500 nodes", "80 nodes", 1.05, false},
	{nodeGrowth, allocations, "500 nodes", "8 nodes", 1, false},
	{callerGrowth, cpu, "16 callers", "1 caller", 1.05, false},
	{callerGrowth, cpu, "256 callers", "16 callers", 1.05, false},
	{callerGrowth, cpu, "256 callers", "256 callers by hand", 1, false},
	{cachedCheck, cpu, contenders.Ours, "", 1000, false},
	{cachedCheck, allocations, contenders.Ours, "", 2, false},
	{uncachedCheck, cpu, contenders.Ours, contenders.ByHand, 1.05, false},
	{coldCache, requests, contenders.Ours, "", 1, false},
	{fullCache, kept, contenders.Ours, "", cacheRoom / (1 << 20), false},
	{signedCheck, cpu, contenders.Ours, byJOSE, 1.3, false},
}

// name returns the name of the target without its limit.
func (t target) name() string {
	name := fmt.Sprintf("%s: %s", t.experiment, t.figure.name)
	if t.contestant != contenders.Ours {
		name += ", " + t.contestant
	}
	if t.against != "" {
		name += " against " + t.against
	}
	return name
}

// measured returns the figure of the target.
func (t target) measured(costs map[string][]measure.Cost) measure.Spread {
	if t.against == "" {
		return measure.Of(costs[t.contestant], t.figure.of)
	}
	return measure.Ratio(costs[t.contestant], costs[t.against], t.figure.of)
}
