package soak

import (
	"fmt"
	"runtime"
	"time"

	"github.com/orylogin/orylogin/test/hardening/wire"
)

// usage is what the process uses at a moment.
type usage struct {
	goroutines  int
	connections int
	memory      int // bytes
}

// settled returns the usage when connections and goroutines that are about to end have ended.
func settled(proxy *wire.Proxy) usage {
	last := runtime.NumGoroutine()
	for range 50 {
		time.Sleep(20 * time.Millisecond)
		if now := runtime.NumGoroutine(); now != last || proxy.Open() > 0 {
			last = now
			continue
		}
		break
	}
	return usage{goroutines: runtime.NumGoroutine(), connections: proxy.Open(), memory: liveBytes()}
}

// liveBytes returns the memory in use. The process has more memory, for example for the race
// detector, which does not count.
func liveBytes() int {
	runtime.GC()
	runtime.GC() // frees what finalizers have released
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc + stats.StackInuse) //nolint:gosec // far from the limit
}

// grownFrom returns an error if a number has grown beyond its usual variation.
func (u usage) grownFrom(before usage) error {
	switch {
	case u.goroutines > before.goroutines+4:
		return fmt.Errorf("soak: %d goroutines have become %d", before.goroutines, u.goroutines)
	case u.connections > before.connections:
		return fmt.Errorf("soak: %d connections have become %d", before.connections, u.connections)
	case u.memory > before.memory+8<<20:
		return fmt.Errorf("soak: %d KiB have become %d KiB", before.memory>>10, u.memory>>10)
	}
	return nil
}
