package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// demonstrate kills the job between its create and the answer, starts it again, and counts the runs.
func demonstrate(ctx context.Context, client *kneo.Client, out io.Writer, job string) error {
	trap, err := newTrap(client.Profile().URL)
	if err != nil {
		return err
	}
	defer trap.Close()
	profile := client.Profile()
	start := func() (*exec.Cmd, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, self, "-job", job) //nolint:gosec // it is this very program
		cmd.Env = append(os.Environ(), "KNEO_URL="+trap.url, "KNEO_API_KEY="+profile.APIKey.Reveal(), "KNEO_AUTH_SCHEME="+string(profile.AuthScheme))
		cmd.Stdout, cmd.Stderr = out, os.Stderr
		return cmd, cmd.Start()
	}

	first, err := start()
	if err != nil {
		return err
	}
	trap.victim <- first.Process
	if err := first.Wait(); err == nil || !trap.hasKilled() {
		return fmt.Errorf("the job ended before it could be killed: %v", first.ProcessState)
	}
	fmt.Fprintf(out, "job %d: killed (%v) after the platform created the run, and before the job heard of it\n", first.Process.Pid, first.ProcessState)

	second, err := start()
	if err != nil {
		return err
	}
	if err := second.Wait(); err != nil {
		return fmt.Errorf("the second start of the job: %w", err)
	}

	runs, err := client.Platform.Runs.FindBySession(ctx, job)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "runs of this job: %d\n", len(runs))
	if len(runs) != 1 {
		return errors.New("there should be exactly one")
	}
	return nil
}

// trap is a proxy in front of the platform. It withholds the answer to the first create, and kills the process that is waiting for it.
type trap struct {
	url    string
	victim chan *os.Process
	server *http.Server

	mu     sync.Mutex
	killed bool
}

func newTrap(platform string) (*trap, error) {
	target, err := url.Parse(platform)
	if err != nil {
		return nil, errors.New("the URL of the platform cannot be parsed")
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &trap{url: "http://" + listener.Addr().String(), victim: make(chan *os.Process, 1)}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: t.answered,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // give no answer at all
	}
	t.server = &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = t.server.Serve(listener) }()
	return t, nil
}

func (t *trap) Close() { _ = t.server.Close() }

func (t *trap) hasKilled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.killed
}

// answered sees each answer before the job does.
func (t *trap) answered(answer *http.Response) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.killed || answer.Request.Method != http.MethodPost || answer.StatusCode >= http.StatusBadRequest {
		return nil
	}
	t.killed = true
	return errors.Join(errors.New("the answer is withheld"), (<-t.victim).Kill())
}
