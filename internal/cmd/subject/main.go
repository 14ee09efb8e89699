// Command subject makes the calls of the reliability cases, in a process of its own: this library's client, or go-retryablehttp as it
// comes. It reads a task as JSON from its standard input and writes what came of it to its standard output; peer.py in
// internal/reliability does the same with the Python client.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
)

// subject is a client of one kind. A call fills in what it came to.
type subject interface {
	call(ctx context.Context, op, key string, c *faulttest.Call)
}

func main() {
	var t task.Task
	if err := json.NewDecoder(os.Stdin).Decode(&t); err != nil {
		fail(err)
	}
	s, err := subjectNamed(os.Args[1], &t)
	if err != nil {
		fail(err)
	}
	result := task.Result{History: work(s, &t)}
	if result.PeakKiB, err = peak(); err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err)
	}
}

// peak returns the most memory that this process has had, in KiB, as Linux knows it.
func peak() (kib int, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	_, err = fmt.Sscan(after, &kib)
	return kib, err
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "subject:", err)
	os.Exit(1)
}

func subjectNamed(name string, t *task.Task) (subject, error) {
	switch name {
	case "ours":
		return newOurs(t)
	case "plain":
		return newPlain(t), nil
	}
	return nil, fmt.Errorf("there is no subject %q", name)
}

// work makes the calls of a task, so many at a time.
func work(s subject, t *task.Task) faulttest.History {
	begin := time.Now()
	history := make(faulttest.History, len(t.Keys))
	next := make(chan int)
	var done sync.WaitGroup
	for range t.Wide {
		done.Go(func() {
			for i := range next {
				one(s, t, i, &history[i], begin)
				time.Sleep(task.Seconds(t.Pause))
			}
		})
	}
	for i := range t.Keys {
		next <- i
	}
	close(next)
	done.Wait()
	return history
}

func one(s subject, t *task.Task, i int, c *faulttest.Call, begin time.Time) {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if t.Deadline > 0 {
		ctx, cancel = context.WithTimeout(ctx, task.Seconds(t.Deadline))
	}
	defer cancel()
	c.Key = t.Keys[i]
	c.Begin = time.Since(begin).Seconds()
	s.call(ctx, t.Op(i), c.Key, c)
	c.End = time.Since(begin).Seconds()
}
