package outage

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// usage is what this process uses while there are no calls.
type usage struct {
	goroutines  int // without those of connections
	connections int // idle ones
	memory      int // bytes in use
}

func measure(c *callers) usage {
	http.DefaultTransport.(*http.Transport).CloseIdleConnections() // the connections to the API, which is in this process
	c.api.CloseClientConnections()
	last := runtime.NumGoroutine()
	for range 50 {
		time.Sleep(20 * time.Millisecond)
		now := runtime.NumGoroutine()
		if now == last {
			break
		}
		last = now
	}
	runtime.GC()
	runtime.GC() // frees what finalizers have released
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	connections := pooled()
	return usage{
		goroutines: runtime.NumGoroutine() - 2*connections, connections: connections,
		memory: int(stats.HeapAlloc + stats.StackInuse), //nolint:gosec // far from the limit
	}
}

// pooled counts connections by the goroutines that write to them.
func pooled() int {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return strings.Count(string(stacks), "(*persistConn).writeLoop(")
}

// grownFrom returns an error if a number has grown beyond its usual variation.
func (u usage) grownFrom(before usage) error {
	switch {
	case u.goroutines > before.goroutines+4:
		return fmt.Errorf("outage: %d goroutines have become %d", before.goroutines, u.goroutines)
	case u.connections > max(before.connections, Callers):
		return fmt.Errorf("outage: there are %d connections", u.connections)
	case u.memory > before.memory+8<<20:
		return fmt.Errorf("outage: %d KiB have become %d KiB", before.memory>>10, u.memory>>10)
	}
	return nil
}
