//go:build unix

package main

import "golang.org/x/sys/unix"

// quieten drops what was typed at a terminal, and makes the terminal hide what is typed from
// now on.
func quieten(fd int) error {
	settings, err := unix.IoctlGetTermios(fd, getSettings)
	if err != nil {
		return err
	}
	settings.Lflag &^= unix.ECHO | unix.ECHONL
	return unix.IoctlSetTermios(fd, dropAndSet, settings)
}
