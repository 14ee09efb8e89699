// Command audit exports the audit events, who did what and when, as CSV.
//
//	go run ./examples/audit [-o FILE] [-type run.created] [-run ID]
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// The platform lists no more than the 10,000 latest events that match a filter. Look at the method all: if there are more, it lists the
// events of each type by itself. Should one type have more than 10,000, the export lacks the oldest of them: the program says how many,
// and the exit status is 1. Rows are in order of time, unless they come from several lists.
package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	path := flag.String("o", "", "the `file` to write, standard output by default")
	var params kneo.AuditListParams
	flag.StringVar((*string)(&params.EventType), "type", "", "only events of this `type`, such as run.created")
	flag.StringVar(&params.RunID, "run", "", "only events of this run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout, *path, params)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, path string, params kneo.AuditListParams) error {
	client, done, err := connect.Platform(os.Stderr) // standard output is for the rows
	if err != nil {
		return err
	}
	defer done()
	if !connect.Configured() {
		req := kneo.RunCreateRequest{Spec: demo.Workflow("audited", "writer"), AsyncMode: true}
		if _, err := client.Platform.Runs.CreateAndWait(ctx, req); err != nil {
			return err
		}
		if _, err := client.Platform.Credentials.List(ctx, kneo.CredentialListParams{}); err != nil {
			return err
		}
	}
	if path == "" {
		return export(ctx, client.Platform.Audit, out, params)
	}
	return replace(path, func(out io.Writer) error { return export(ctx, client.Platform.Audit, out, params) })
}

// incompleteError means that the export is fine as far as it goes, but lacks events that the platform does not list.
type incompleteError struct{ lacks int }

func (e *incompleteError) Error() string {
	return fmt.Sprintf("the export lacks at least %d older events, which are beyond what the platform lists; narrow it down by -type and -run", e.lacks)
}

// replace writes a file under another name and renames it at the end, so that a failure leaves the old file as it was.
func replace(path string, write func(io.Writer) error) (err error) {
	next, err := os.Create(path + ".next") //nolint:gosec // the user names it
	if err != nil {
		return err
	}
	incomplete := (*incompleteError)(nil)
	if err = write(next); errors.As(err, &incomplete) {
		err = nil
	}
	if err = errors.Join(err, next.Close()); err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	if err := os.Rename(next.Name(), path); err != nil {
		return err
	}
	if incomplete != nil {
		return incomplete
	}
	return nil
}

// export writes every event that the platform lists, once.
func export(ctx context.Context, audit *kneo.AuditService, out io.Writer, params kneo.AuditListParams) error {
	w := csv.NewWriter(out)
	if err := w.Write([]string{"created_at", "event_type", "actor", "run_id", "continuation_id", "id", "metadata"}); err != nil {
		return err
	}
	x := exporter{audit: audit, out: w, written: map[string]bool{}, types: map[kneo.AuditEventType]bool{}}
	err := x.all(ctx, params)
	w.Flush()
	return errors.Join(err, w.Error())
}

type exporter struct {
	audit   *kneo.AuditService
	out     *csv.Writer
	written map[string]bool // by event id
	types   map[kneo.AuditEventType]bool
}

// all writes the events that match: from one list, or from one list for each type if there are too many for one.
func (x *exporter) all(ctx context.Context, params kneo.AuditListParams) error {
	window, err := x.walk(ctx, params)
	if err != nil || window == nil {
		return err
	}
	if params.EventType != "" {
		return &incompleteError{lacks: beyond(window)}
	}
	for _, t := range known {
		x.types[t] = true
	}
	lacks := 0
	for _, t := range slices.Sorted(maps.Keys(x.types)) {
		params.EventType = t
		window, err := x.walk(ctx, params)
		if err != nil {
			return err
		}
		if window != nil {
			lacks += beyond(window)
		}
	}
	// A type that is not known here, and was not in the first list, has not been listed by itself.
	if lacks = max(lacks, window.Total-len(x.written)); lacks > 0 {
		return &incompleteError{lacks: lacks}
	}
	return nil
}

// walk writes the events of one list, except those that have been written. A [kneo.WindowError] means that the list goes on beyond what
// the platform gives.
func (x *exporter) walk(ctx context.Context, params kneo.AuditListParams) (window *kneo.WindowError, err error) {
	params.Limit = 1000 // a few large pages cost the platform less than many small ones
	for event, err := range x.audit.All(ctx, params) {
		if errors.As(err, &window) {
			return window, nil
		}
		if err != nil {
			return nil, err
		}
		x.types[event.EventType] = true
		if x.written[event.ID] {
			continue
		}
		x.written[event.ID] = true
		if err := x.write(&event); err != nil {
			return nil, err
		}
	}
	return nil, nil //nolint:nilnil // the whole list was in reach
}

// beyond returns how many events are out of reach. Servers before 0.9.0 do not count them.
func beyond(window *kneo.WindowError) int { return max(1, window.Total-window.Window) }

func (x *exporter) write(event *kneo.AuditEvent) error {
	metadata, err := json.Marshal(event.Metadata)
	if err != nil {
		return err
	}
	return x.out.Write([]string{
		event.CreatedAt.UTC().Format(timeLayout), string(event.EventType), event.Actor, event.RunID, event.ContinuationID, event.ID, string(metadata),
	})
}

// timeLayout gives all times the same length, so that rows can be sorted as text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// known are the types of server 1.2.0.
var known = []kneo.AuditEventType{
	kneo.AuditCredentialInventoryAccessed, kneo.AuditHumanContinueFailed, kneo.AuditHumanContinued, kneo.AuditHumanDecision,
	kneo.AuditHumanEscalated, kneo.AuditHumanExpired, kneo.AuditPolicyChanged, kneo.AuditRunCancelled, kneo.AuditRunContinued,
	kneo.AuditRunCreated, kneo.AuditRunDeadLettered, kneo.AuditRunTimedOut, kneo.AuditSpecCompiled, kneo.AuditSpecExplained,
	kneo.AuditSpecGraph, kneo.AuditSpecPolicyReported, kneo.AuditSpecRun, kneo.AuditSpecValidated,
}
