// Package leaks tells whether the tests of a package left something behind: goroutines that run on, files and connections that are
// still open.
package leaks

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"
)

// patience is how long what is ending may take to end.
var patience = 5 * time.Second

// Run runs the tests of m, a *testing.M, and returns the exit code: theirs, or 1 if they left something behind.
func Run(m interface{ Run() int }) int {
	before := Now()
	code := m.Run()
	if code != 0 || fuzzing() {
		return code // go test -fuzz has workers and pipes of its own
	}
	if left := before.Left(); left != "" {
		fmt.Fprintf(os.Stderr, "after the tests: %s\n", left)
		return 1
	}
	return code
}

func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}

// State is what there was at some time.
type State struct {
	Goroutines int
	Files      int // 0 where the system does not tell
}

// Now returns what there is now.
func Now() State { return State{runtime.NumGoroutine(), openFiles()} }

// Left waits for what is ending, and says what there is more than before; empty if that is nothing.
func (before State) Left() string {
	deadline := time.Now().Add(patience)
	for {
		http.DefaultClient.CloseIdleConnections()
		now := Now()
		if now.Goroutines <= before.Goroutines && now.Files <= before.Files {
			return ""
		}
		if time.Now().After(deadline) {
			return fmt.Sprintf("%d goroutines, %d before; %d open files, %d before\n%s", now.Goroutines, before.Goroutines, now.Files, before.Files, stacks())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// openFiles counts the file descriptors of this process, where they can be listed.
func openFiles() int {
	for _, folder := range []string{"/proc/self/fd", "/dev/fd"} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		n := 0
		for _, entry := range entries {
			// What the runtime opens for itself when it first needs it stays open for good.
			if target, err := os.Readlink(folder + "/" + entry.Name()); err != nil || !strings.Contains(target, "anon_inode") {
				n++
			}
		}
		return n
	}
	return 0
}

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}
