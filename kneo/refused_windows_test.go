package kneo

import (
	"net"
	"os"
	"syscall"
	"testing"
)

func TestRefusedByWindows(t *testing.T) {
	err := &attemptError{err: &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connectex", syscall.Errno(10061))}}
	if !isRefused(err) || price(transient, err) != 0 {
		t.Errorf("%v is not taken for a refusal", err)
	}
}
