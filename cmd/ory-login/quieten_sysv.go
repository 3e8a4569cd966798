//go:build aix || linux || solaris

package main

import "golang.org/x/sys/unix"

// What the system calls the operations of quieten.
const (
	getSettings = unix.TCGETS
	dropAndSet  = unix.TCSETSF
)
