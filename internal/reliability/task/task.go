// Package task is what the reliability cases ask of a client: the language between them and the processes that make the calls.
package task

import (
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
)

// Task is calls to make.
type Task struct {
	URL    string `json:"url"`
	APIKey string `json:"api_key"`

	// Ops are the kinds of the calls in turn: "create" makes an asynchronous run, "create-sync" a synchronous one, "get" reads one,
	// "cancel" cancels one, "wait" waits for its end.
	Ops []string `json:"ops"`

	// Keys has an entry for every call: the idempotency key of a create, which is its session id, too; of other calls the id of the run.
	// An empty key of a create leaves it to the client to make one.
	Keys []string `json:"keys"`

	Wide     int     `json:"wide"`     // calls at a time
	Pause    float64 `json:"pause"`    // seconds after a call
	Timeout  float64 `json:"timeout"`  // seconds for an attempt; 0 leaves it to the client
	Deadline float64 `json:"deadline"` // seconds for a call
	Interval float64 `json:"interval"` // seconds between the looks of a wait; 0 leaves it to the client, below is 0
}

// Result is what came of a task.
type Result struct {
	History faulttest.History `json:"history"`
	PeakKiB int               `json:"peak_kib"` // the most memory that the process has had
}

// Op is the kind of a call.
func (t *Task) Op(i int) string { return t.Ops[i%len(t.Ops)] }

// Seconds makes a duration of seconds.
func Seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
