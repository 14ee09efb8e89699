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

// writeTimeout is how long a client may take to accept an event before it is given up.
const writeTimeout = 10 * time.Second

// bridge serves the traces of runs as Server-Sent Events.
type bridge struct {
	client    *kneo.Client
	heartbeat time.Duration // proxies close connections that are silent for too long
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
	_, _ = w.Write(pageHTML) // an error means that the client has gone
}

// events streams the trace of a run, beginning after the last event that the client has seen.
func (b *bridge) events(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	offset, err := lastEventID(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// Ask now: once the stream has begun it is too late for a status, and any but 200 keeps browsers from reconnecting.
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

// lastEventID returns how many events the client has seen. Browsers send the header when they reconnect.
func lastEventID(r *http.Request) (int, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, errors.New("the Last-Event-ID is not a number of events")
	}
	return n, nil
}

// item is what a tail yields.
type item struct {
	event kneo.TraceEvent
	err   error
}

// stream sends events until the run has ended or the client has gone, neither of which is an error.
func (b *bridge) stream(ctx context.Context, s *stream, id string, offset int) error {
	ctx, cancel := context.WithCancel(ctx)
	items := b.tail(ctx, id, offset)
	defer func() {
		cancel()
		for range items { // wait for the tail to end
		}
	}()
	if s.open() != nil {
		return nil // the client has gone
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
				// The tail has waited out whatever goes away by itself, so it is no use for the client to reconnect.
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

// tail follows the trace in a goroutine, which ends with ctx, so that heartbeats can be sent while nothing happens.
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
	_ = s.send("", "end", e) // a client that has gone will reconnect and get it then
	return nil
}

// view is the part of an event that browsers get. It leaves out the previews of input and output, which may hold private data.
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

// ending is the data of the last event, which tells the page not to reconnect.
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

// open sends the header, and how long to wait before reconnecting, in milliseconds.
func (s *stream) open() error {
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // otherwise nginx collects events before it passes them on
	return s.write("retry: 1000\n\n")
}

// send sends an event. Encoded JSON is a single line, as it has to be.
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

// write writes without delay, or gives the client up.
func (s *stream) write(text string) error {
	if err := s.controller.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.controller.Flush()
}
