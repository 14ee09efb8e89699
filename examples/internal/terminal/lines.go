package terminal

import (
	"bufio"
	"context"
	"io"
	"strings"
)

// Lines are what somebody types. Reading a terminal cannot be interrupted, so that it has a goroutine of its own, which ends with the
// input or the program.
type Lines struct {
	lines chan string
	err   error // set before lines is closed
}

// NewLines begins to read.
func NewLines(in io.Reader) *Lines {
	l := &Lines{lines: make(chan string)}
	go func() {
		defer close(l.lines)
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			l.lines <- strings.TrimSpace(scanner.Text())
		}
		if l.err = scanner.Err(); l.err == nil {
			l.err = io.EOF
		}
	}()
	return l
}

// Next waits for the next line, and returns it without the white space around it. The error is io.EOF at the end, or that of ctx.
func (l *Lines) Next(ctx context.Context) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line, ok := <-l.lines:
		if !ok {
			return "", l.err
		}
		return line, nil
	}
}
