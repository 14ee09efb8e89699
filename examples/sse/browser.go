package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// browser does what EventSource does in a browser, for the demonstration.
type browser struct {
	url    string
	lastID string // of the last event
	show   func(id, event, data string)
}

// connect reads n events, or all of them up to "end" if n is 0, and drops the connection.
func (b *browser) connect(ctx context.Context, n int) error {
	ctx, drop := context.WithCancel(ctx)
	defer drop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	if b.lastID != "" {
		req.Header.Set("Last-Event-ID", b.lastID)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", b.url, answer.Status)
	}
	return b.read(answer.Body, n)
}

func (b *browser) read(body io.Reader, n int) error {
	var id, event, data string
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
		case "id":
			id = value
		case "event":
			event = value
		case "data":
			data = value
		case "": // an empty line ends the event, and a line that starts with a colon is a comment
			if event == "" {
				continue
			}
			b.show(id, event, data)
			if event == "end" {
				return nil
			}
			b.lastID = id
			if n--; n == 0 {
				return nil
			}
			id, event, data = "", "", ""
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}
