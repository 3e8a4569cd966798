// Package measure measures and compares the cost of operations. It runs them in turn, so that
// other programs on the machine disturb all of them alike.
package measure

import (
	"runtime"
	"syscall"
	"time"
)

// Cost is what one operation costs.
type Cost struct {
	Nanoseconds    float64
	CPUNanoseconds float64 // of the whole process, including the server in it
	Bytes          float64
	Allocations    float64

	Connections float64 // opened in total
	Requests    float64 // that a server got in total
	Kept        float64 // bytes in use at the end
	PerSecond   float64 // of all callers together
}

// Per divides the cost of the operation by a number of parts.
func (c Cost) Per(parts int) Cost {
	n := float64(parts)
	c.Nanoseconds /= n
	c.CPUNanoseconds /= n
	c.Bytes /= n
	c.Allocations /= n
	return c
}

// Run calls run, which does a number of operations, and returns the cost of one of them. It
// collects the garbage of earlier operations first.
func Run(operations int, run func() error) (Cost, error) {
	runtime.GC()
	memory, cpu, start := used()
	if err := run(); err != nil {
		return Cost{}, err
	}
	elapsed := time.Since(start)
	memoryAfter, cpuAfter, _ := used()
	n := float64(operations)
	return Cost{
		Nanoseconds:    float64(elapsed) / n,
		CPUNanoseconds: float64(cpuAfter-cpu) / n,
		Bytes:          float64(memoryAfter.TotalAlloc-memory.TotalAlloc) / n,
		Allocations:    float64(memoryAfter.Mallocs-memory.Mallocs) / n,
		PerSecond:      n / elapsed.Seconds(),
	}, nil
}

// used returns the memory and the CPU time that the process has used so far, and the present
// time.
func used() (runtime.MemStats, time.Duration, time.Time) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var rusage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &rusage) // cannot fail for the process itself
	return memory, time.Duration(rusage.Utime.Nano() + rusage.Stime.Nano()), time.Now()
}

// Repeat returns a function that repeats an operation for about a length of time and returns
// the cost of one. Its first call finds out how often the operation fits into that time.
func Repeat(length time.Duration, operation func() error) func() (Cost, error) {
	perSample := 0
	return func() (Cost, error) {
		if perSample == 0 {
			count, err := calibrate(operation, length)
			if err != nil {
				return Cost{}, err
			}
			perSample = count
		}
		return Run(perSample, func() error { return times(perSample, operation) })
	}
}

// calibrate returns how often an operation can be done in a length of time.
func calibrate(operation func() error, length time.Duration) (int, error) {
	for count := 1; ; count *= 2 {
		start := time.Now()
		if err := times(count, operation); err != nil {
			return 0, err
		}
		if elapsed := time.Since(start); elapsed >= length/4 {
			return max(1, int(float64(count)*float64(length)/float64(elapsed))), nil
		}
	}
}

func times(count int, operation func() error) error {
	for range count {
		if err := operation(); err != nil {
			return err
		}
	}
	return nil
}
