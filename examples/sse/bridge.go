package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// writeTimeout is how long a client may take to accept an event before it counts as gone.
const writeTimeout = 10 * time.Second

// bridge serves the traces of runs as Server-Sent Events.
type bridge struct {
	client    *kneo.Client
	heartbeat time.Duration // what is silent for longer is taken for dead by proxies and browsers
	log       *log.Logger
}

func (b *bridge) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", page)
	mux.HandleFunc("GET /runs/{id}/events", b.events)
	return mux
}

//go:embed page.html
var pageHTML []byte

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(pageHTML) // who is gone needs no page
}

// events streams the trace of a run from the event after that which the client had last.
func (b *bridge) events(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	offset, err := lastEventID(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// A status can be sent before the stream only, and one other than 200 keeps browsers from coming again.
	if _, err := b.client.Platform.Runs.Get(r.Context(), id); errors.Is(err, kneo.ErrNotFound) {
		http.Error(w, "there is no such run", http.StatusNotFound)
		return
	} else if err != nil {
		b.log.Print(err)
		http.Error(w, "the platform does not answer", http.StatusBadGateway)
		return
	}
	if err := b.stream(r.Context(), newStream(w), id, offset); err != nil {
		b.log.Print(err)
	}
}

// lastEventID is how many events the client has had. Browsers send the header when they connect again.
func lastEventID(r *http.Request) (int, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, errors.New("the Last-Event-ID is none of ours")
	}
	return n, nil
}

// item is what a tail gives.
type item struct {
	event kneo.TraceEvent
	err   error
}

// stream sends what comes, until the run has ended or the client has gone. Neither is an error.
func (b *bridge) stream(ctx context.Context, s *stream, id string, offset int) error {
	ctx, cancel := context.WithCancel(ctx)
	items := b.tail(ctx, id, offset)
	defer func() {
		cancel()
		for range items { // the tail has ended when we return
		}
	}()
	if err := s.open(); err != nil {
		return err
	}
	heartbeat := time.NewTicker(b.heartbeat)
	defer heartbeat.Stop()
	for {
		var err error
		select {
		case <-heartbeat.C:
			err = s.comment("still here")
		case it, more := <-items:
			switch {
			case ctx.Err() != nil:
				return nil
			case !more:
				return b.end(ctx, s, id)
			case it.err != nil:
				// The tail waits for a platform that is away. What it gives up at would be the same when the client came again.
				return errors.Join(it.err, s.send("", "end", ending{Error: "the trace cannot be followed any further"}))
			}
			offset++
			err = s.send(strconv.Itoa(offset), "trace", viewOf(&it.event))
		}
		if err != nil {
			return nil // the client has gone
		}
	}
}

// tail follows the trace in a goroutine of its own, which ends with ctx, so that the stream can do something else while nothing happens.
func (b *bridge) tail(ctx context.Context, id string, offset int) <-chan item {
	items := make(chan item)
	go func() {
		defer close(items)
		for event, err := range b.client.Platform.Runs.TailTrace(ctx, id, kneo.WithTraceOffset(offset)) {
			select {
			case items <- item{event, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return items
}

// end tells how the run ended.
func (b *bridge) end(ctx context.Context, s *stream, id string) error {
	run, err := b.client.Platform.Runs.Get(ctx, id)
	if err != nil {
		return errors.Join(err, s.send("", "end", ending{Error: "the run has ended, how is not known"}))
	}
	e := ending{Status: run.Status}
	if run.Error != nil && run.Status != kneo.RunCompleted {
		e.Error = run.Error.Message
	}
	_ = s.send("", "end", e) // a client that has gone will ask again
	return nil
}

// view is what browsers are shown of an event. The previews of its input and its output are not among it: they may be nobody's business.
type view struct {
	Type     kneo.TraceEventType `json:"type"`
	At       time.Time           `json:"at"`
	Workflow string              `json:"workflow,omitempty"`
	Agent    string              `json:"agent,omitempty"`
	Step     string              `json:"step,omitempty"`
	Error    string              `json:"error,omitempty"`
}

func viewOf(e *kneo.TraceEvent) view {
	return view{Type: e.Type, At: e.Timestamp, Workflow: e.WorkflowName, Agent: e.AgentName, Step: e.StepID, Error: e.Error}
}

// ending is the last event, after which there is no use in connecting again.
type ending struct {
	Status kneo.RunStatus `json:"status,omitempty"`
	Error  string         `json:"error,omitempty"`
}

// stream writes Server-Sent Events.
type stream struct {
	w          http.ResponseWriter
	controller *http.ResponseController
}

func newStream(w http.ResponseWriter) *stream { return &stream{w, http.NewResponseController(w)} }

// open sends the header, and how soon the client is to come again when the connection is lost.
func (s *stream) open() error {
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // or nginx would keep events until it has enough of them
	return s.write("retry: 1000\n\n")
}

// send sends an event. JSON has no newlines that would end its line.
func (s *stream) send(id, event string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	return s.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, event, text))
}

func (s *stream) comment(text string) error { return s.write(": " + text + "\n\n") }

// write writes at once.
func (s *stream) write(text string) error {
	if err := s.controller.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.controller.Flush()
}
