//go:build unix

package terminal

import (
	"os"
	"testing"
)

func TestTerminal(t *testing.T) {
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	if !Is(pty) {
		t.Error("a pseudo-terminal is not taken for a terminal")
	}
}
