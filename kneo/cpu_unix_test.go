//go:build unix

package kneo

import (
	"syscall"
	"time"
)

// cpuTime is what this process has had of the processors so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
