//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package main

import "golang.org/x/sys/unix"

// What the system calls the operations of quieten.
const (
	getSettings = unix.TIOCGETA
	dropAndSet  = unix.TIOCSETAF
)
