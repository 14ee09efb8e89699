// Command sse streams the traces of runs to browsers as Server-Sent Events. The streams resume: a browser that loses its connection
// reconnects, says which event it had last, and gets the next.
//
//	go run ./examples/sse                        # serves a client of its own, which loses its connection once, and exits
//	go run ./examples/sse -addr localhost:8080   # serves you a page, until ctrl-C
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at bridge.go, which is the part to copy. Events are numbered, so Last-Event-ID is an offset for [kneo.WithTraceOffset]; heartbeats
// keep quiet connections open; when a client leaves, its tail ends. The server does not ask who is calling: put it behind your own login
// before others can reach it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", "", "serve on this `address`, such as localhost:8080, until ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout, *addr)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, addr string) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{
		Input: demo.Sleep(time.Second / 2), Spec: demo.Workflow("sse", "writer", "sleep", "editor", "sleep"), AsyncMode: true,
	})
	if err != nil {
		return err
	}
	where := addr
	if where == "" {
		where = "localhost:0"
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", where)
	if err != nil {
		return err
	}
	handler := (&bridge{client: client, heartbeat: 15 * time.Second, log: log.Default()}).handler()
	base := "http://" + listener.Addr().String()
	if addr != "" {
		fmt.Fprintf(out, "look at %s/?run=%s\n", base, url.QueryEscape(created.RunID))
		return serve(ctx, listener, handler)
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener, handler) }()
	err = demonstrate(ctx, out, base+"/runs/"+url.PathEscape(created.RunID)+"/events")
	cancel()
	return errors.Join(err, <-served)
}

// serve serves until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }, // so that streams end with ctx, too
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(grace), server.Close())
}

// demonstrate is a client that loses its connection after two events and reconnects.
func demonstrate(ctx context.Context, out io.Writer, url string) error {
	b := &browser{url: url, show: func(id, event, data string) { fmt.Fprintf(out, "%2s  %-5s  %s\n", id, event, data) }}
	if err := b.connect(ctx, 2); err != nil {
		return err
	}
	fmt.Fprintf(out, "the connection is lost; the next one resumes after event %s\n", b.lastID)
	if err := b.connect(ctx, 0); err != nil {
		return err
	}
	fmt.Fprintln(out, "the stream has ended")
	return nil
}
