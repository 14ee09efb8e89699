package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// emulatorCommand is the argument that makes this program the emulator and nothing else. It is a process of its own so that
// the heap that is measured is the client's.
const emulatorCommand = "emulator"

// sleepFunction is the step function of the emulator's runs. Its input is a [sleepInput].
const sleepFunction = "bench.sleep"

type sleepInput struct {
	Number  int
	Seconds float64
	Gated   bool
}

// emulatorAddress is what the emulator says when it is ready.
type emulatorAddress struct{ URL, Key string }

// emulator is kneotest in a process of its own, seen from outside.
type emulator struct {
	emulatorAddress
	process *exec.Cmd
	stdin   io.Closer
}

func startEmulator(ctx context.Context) (platform, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	e := &emulator{process: exec.CommandContext(ctx, self, emulatorCommand)} //nolint:gosec // this very program
	e.process.Stderr = os.Stderr
	stdout, err := e.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if e.stdin, err = e.process.StdinPipe(); err != nil {
		return nil, err
	}
	if err := e.process.Start(); err != nil {
		return nil, err
	}
	if err := json.NewDecoder(stdout).Decode(&e.emulatorAddress); err != nil {
		return nil, errors.Join(fmt.Errorf("the emulator did not start: %w", err), e.close())
	}
	return e, nil
}

func (e *emulator) name() string { return "kneotest" }

func (e *emulator) profile() profiles.Profile {
	return profiles.Profile{Name: e.name(), URL: e.URL, APIKey: profiles.NewSecret(e.Key)}
}

func (e *emulator) step(number int, d time.Duration, gated bool) (implementation, input string) {
	encoded, _ := json.Marshal(sleepInput{number, d.Seconds(), gated}) // of numbers: cannot fail
	return sleepFunction, string(encoded)
}

func (e *emulator) open(ctx context.Context) error { return e.ask(ctx, "/bench/open", new(struct{})) }

func (e *emulator) ends(ctx context.Context, runs []run) ([]time.Time, error) {
	var ended map[int]time.Time
	if err := e.ask(ctx, "/bench/ends", &ended); err != nil {
		return nil, err
	}
	list := make([]time.Time, len(runs))
	for i, r := range runs {
		if list[i] = ended[r.number]; list[i].IsZero() {
			return nil, fmt.Errorf("run %s of the emulator has not ended", r.id)
		}
	}
	return list, nil
}

// ask asks the emulator what is not the platform's.
func (e *emulator) ask(ctx context.Context, path string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(answer)
}

func (e *emulator) close() error { return errors.Join(e.stdin.Close(), e.process.Wait()) }

// beEmulator is the emulator's process. It ends when its standard input does.
func beEmulator(stdin io.Reader, stdout io.Writer) error {
	steps := &sleeper{gate: make(chan struct{}), ended: map[int]time.Time{}}
	srv := kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithFunction(sleepFunction, steps.sleep))
	mux := http.NewServeMux()
	mux.Handle("/", srv)
	mux.HandleFunc("/bench/open", steps.serveOpen)
	mux.HandleFunc("/bench/ends", steps.serveEnds)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it begins and ends with the process
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		_ = server.Close()
	}()
	if err := json.NewEncoder(stdout).Encode(emulatorAddress{"http://" + listener.Addr().String(), srv.APIKey}); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	srv.Close()
	return nil
}

// sleeper runs the steps, and notes when they ended.
type sleeper struct {
	gate chan struct{}
	once sync.Once

	mu    sync.Mutex
	ended map[int]time.Time
}

// sleep is the step function.
func (s *sleeper) sleep(ctx context.Context, encoded string) (string, error) {
	var in sleepInput
	if err := json.NewDecoder(strings.NewReader(encoded)).Decode(&in); err != nil {
		return "", err
	}
	if in.Gated {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	timer := time.NewTimer(time.Duration(in.Seconds * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[in.Number] = time.Now()
	return encoded, nil
}

func (s *sleeper) serveOpen(w http.ResponseWriter, _ *http.Request) {
	s.once.Do(func() { close(s.gate) })
	_, _ = io.WriteString(w, "{}")
}

func (s *sleeper) serveEnds(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(s.ended)
}
