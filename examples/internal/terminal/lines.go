package terminal

import (
	"bufio"
	"context"
	"io"
	"strings"
)

// Lines are the lines that somebody types. Reading from a terminal cannot be interrupted, so a goroutine does it, which ends with the input
// or the program.
type Lines struct {
	lines chan string
	err   error // set before lines is closed
}

// NewLines starts reading.
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

// Next waits for the next line, and returns it without the white space around it. At the end of the input the error is io.EOF.
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
