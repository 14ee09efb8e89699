package kneo

import (
	"errors"
	"syscall"
)

// isRefused reports whether err is the system's word for an address where nobody listens. Windows has one of its own, WSAECONNREFUSED, for
// which package syscall has no name: its ECONNREFUSED is invented, and never comes from the network.
func isRefused(err error) bool {
	const wsaConnRefused = syscall.Errno(10061)
	return errors.Is(err, wsaConnRefused) || errors.Is(err, syscall.ECONNREFUSED)
}
