//go:build !windows

package kneo

import (
	"errors"
	"syscall"
)

// isRefused reports whether err is the system's word for an address where nobody listens.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
