//go:build aix || linux || solaris

package main

import "golang.org/x/sys/unix"

// The system's names for the operations of quieten.
const (
	getSettings = unix.TCGETS
	dropAndSet  = unix.TCSETSF
)
