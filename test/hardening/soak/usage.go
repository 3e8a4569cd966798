package soak

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/orylogin/orylogin/test/hardening/wire"
)

// usage is what the process holds at a moment.
type usage struct {
	goroutines  int
	connections int
	rss         int
}

// settled returns the usage once what is on its way out has gone.
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
	debug.FreeOSMemory()
	return usage{goroutines: runtime.NumGoroutine(), connections: proxy.Open(), rss: residentBytes()}
}

// residentBytes returns the memory that the process has in use, as the kernel counts
// it, and 0 where the kernel does not say so in this form.
func residentBytes() int {
	statm, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(statm)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return 0
	}
	return pages * os.Getpagesize()
}

// grownFrom returns an error if there is more of something than before, beyond what
// comes and goes by itself.
func (u usage) grownFrom(before usage) error {
	switch {
	case u.goroutines > before.goroutines+4:
		return fmt.Errorf("soak: %d goroutines have become %d", before.goroutines, u.goroutines)
	case u.connections > before.connections:
		return fmt.Errorf("soak: %d connections have become %d", before.connections, u.connections)
	case u.rss > before.rss+64<<20:
		return fmt.Errorf("soak: %d MiB have become %d MiB", before.rss>>20, u.rss>>20)
	}
	return nil
}
