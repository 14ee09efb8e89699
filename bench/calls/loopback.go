package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
)

// python is the name of the Python client, which is measured with fewer calls.
const python = "kneo-client (Python)"

// wide is how many calls are made at a time.
const wide = 32

// calls is how many calls of an operation a client makes in a round.
var calls = map[string]int{"get": 20_000, "create": 20_000, "trace": 5_000, "list": 64, "walk": 6}

// pythonCalls is how many the Python client makes.
var pythonCalls = map[string]int{"get": 1_000, "create": 1_000, "trace": 200, "list": 8, "walk": 1}

// series is what the rounds have given.
type series struct {
	CPU   []float64 // of the processor's time, as ratios to net/http in the same round
	Rates []float64 // of calls a second, likewise
}

// measureLoopback has every client make its calls over connections to a stub in a process of its own, each in a process of its own, so that
// the processor's time is that of the client alone.
func measureLoopback(ctx context.Context, rounds int) (map[string]map[string]*series, []share, error) {
	url, stop, err := startStub(ctx, walkRows, 0)
	if err != nil {
		return nil, nil, err
	}
	defer stop()
	py, err := realplatform.InstallClient(ctx)
	if err != nil {
		return nil, nil, err
	}
	all := map[string]map[string]*series{}
	for _, operation := range operations {
		all[operation] = map[string]*series{}
		for range rounds {
			var base cost
			for _, name := range append(slices.Clip(names), python) {
				c, err := runChild(ctx, py, task{Client: name, URL: url, Operation: operation, Calls: calls[operation], Wide: wide})
				if err != nil {
					return nil, nil, fmt.Errorf("%s, %s: %w", name, operation, err)
				}
				if name == names[0] {
					base = c
				}
				if all[operation][name] == nil {
					all[operation][name] = new(series)
				}
				s := all[operation][name]
				s.CPU, s.Rates = append(s.CPU, c.CPU/base.CPU), append(s.Rates, c.Rate/base.Rate)
			}
		}
	}
	profile, err := profileOf(ctx, task{Client: "kneo", URL: url, Operation: "get", Calls: 5 * calls["get"], Wide: wide})
	return all, profile, err
}

// startStub starts the stub in a process of its own.
func startStub(ctx context.Context, total int, latency time.Duration) (url string, stop func(), err error) {
	cmd := exec.CommandContext(ctx, os.Args[0], "-serve", "-total", strconv.Itoa(total), "-latency", latency.String()) //nolint:gosec // the program itself
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		stop()
		return "", nil, errors.New("the stub did not start")
	}
	return lines.Text(), stop, nil
}

// runChild has a process do a task.
func runChild(ctx context.Context, py string, t task) (c cost, err error) {
	command := []string{os.Args[0], "-child", t.String()}
	if t.Client == python {
		t.Calls = pythonCalls[t.Operation]
		command = []string{py, "calls/peer.py", t.String()}
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the program itself, or the client that it has installed
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "KNEO_PROFILE=")
	output, err := cmd.Output()
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(output, &c)
}

// work is a child that does its task and tells what it took.
func work(ctx context.Context, text string) error {
	var t task
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&t); err != nil {
		return err
	}
	client, err := newSubject(t.Client, t.URL, newTransport())
	if err != nil {
		return err
	}
	if err := crowd(ctx, client, t.Operation, min(t.Calls, 10*t.Wide), t.Wide); err != nil { // connections, pools, the first garbage
		return err
	}
	if t.Profile != "" {
		file, err := os.Create(t.Profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	cpu, begun := processorTime(), time.Now()
	if err := crowd(ctx, client, t.Operation, t.Calls, t.Wide); err != nil {
		return err
	}
	n := float64(t.Calls)
	c := cost{CPU: (processorTime() - cpu).Seconds() / n, Rate: n / time.Since(begun).Seconds()}
	return json.NewEncoder(os.Stdout).Encode(c)
}

// newTransport is the transport of all clients: one that keeps its connections.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.IdleConnTimeout = 2*wide, 2*wide, 4*time.Second
	return t
}

// crowd makes calls, so many at a time.
func crowd(ctx context.Context, client subject, operation string, calls, wide int) error {
	var begun atomic.Int64
	var done sync.WaitGroup
	errs := make([]error, wide)
	for i := range wide {
		done.Go(func() {
			for begun.Add(1) <= int64(calls) && errs[i] == nil {
				errs[i] = do(ctx, client, operation)
			}
		})
	}
	done.Wait()
	return errors.Join(errs...)
}

// processorTime is the time that the processors have spent on this process.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // which cannot be
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
