//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package main

import "golang.org/x/sys/unix"

// The system's names for the operations of quieten.
const (
	getSettings = unix.TIOCGETA
	dropAndSet  = unix.TIOCSETAF
)
