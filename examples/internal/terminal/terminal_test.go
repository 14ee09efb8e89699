package terminal

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func TestIs(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	for _, f := range []*os.File{file, null, read, write} {
		if Is(f) {
			t.Errorf("%s is taken for a terminal", f.Name())
		}
	}
}

func TestLines(t *testing.T) {
	lines := NewLines(strings.NewReader(" one \n\ntwo"))
	for _, want := range []string{"one", "", "two"} {
		if got, err := lines.Next(t.Context()); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	for range 2 {
		if got, err := lines.Next(t.Context()); got != "" || !errors.Is(err, io.EOF) {
			t.Errorf("%q, %v at the end", got, err)
		}
	}
}

// TestInterrupted: nobody types, and the wait for it ends all the same. What is typed later is not lost.
func TestInterrupted(t *testing.T) {
	in, typing := io.Pipe()
	lines := NewLines(in)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if got, err := lines.Next(ctx); got != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", got, err)
	}
	go func() {
		_, _ = io.WriteString(typing, "late\n")
		_ = typing.CloseWithError(errors.New("the terminal is gone"))
	}()
	if got, err := lines.Next(t.Context()); got != "late" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := lines.Next(t.Context()); err == nil || err.Error() != "the terminal is gone" {
		t.Errorf("%v", err)
	}
}
