// Package measure measures what operations cost and compares them: interleaved, so
// that what else the machine does meets all of them alike.
package measure

import (
	"runtime"
	"syscall"
	"time"
)

// Cost is what one operation costs.
type Cost struct {
	Nanoseconds    float64
	CPUNanoseconds float64 // of the whole process, the server in it included
	Bytes          float64
	Allocations    float64

	Connections float64 // opened in all
	Requests    float64 // that a server got in all
	Kept        float64 // bytes in use at the end
	PerSecond   float64 // of all callers together
}

// Per returns what each of a number of parts of the operation costs.
func (c Cost) Per(parts int) Cost {
	n := float64(parts)
	c.Nanoseconds /= n
	c.CPUNanoseconds /= n
	c.Bytes /= n
	c.Allocations /= n
	return c
}

// Run runs a function that does a number of operations, after the garbage of
// earlier ones has been collected, and returns what one of them costs.
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

// used returns the memory and the CPU time that the process has used since its start,
// and the time.
func used() (runtime.MemStats, time.Duration, time.Time) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var rusage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &rusage) // of the process itself it cannot fail
	return memory, time.Duration(rusage.Utime.Nano() + rusage.Stime.Nano()), time.Now()
}

// Repeat returns a function that repeats an operation for about a length of time
// and returns what one costs. Its first call finds out how often that is.
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

// calibrate returns how often an operation can be done in a time.
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
