// Command calls measures what a call of this library costs, beside net/http and beside clients that people use for other APIs, and writes
// docs/performance.md.
//
//	make bench BENCHFLAGS='-rounds 7'
//
// All clients make the same calls against the same stub, which answers what a real server answered once. Rounds are interleaved: in each every
// client has its turn, so that what else the machine does falls on all of them. Times are told as ratios to those of net/http in the same round; what
// can be counted (allocations, bytes) is counted without a connection. It takes about ten minutes, wants the machine for itself, Linux, and a Python
// >= 3.12 for the Python client.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("calls: ")
	output := flag.String("o", "", "the page to write; none if empty")
	rounds := flag.Int("rounds", 7, "how often everything is measured that takes time")
	serve := flag.Bool("serve", false, "be the stub (for the program itself)")
	latency := flag.Duration("latency", 0, "of the stub's lists")
	total := flag.Int("total", walkRows, "how many runs the stub has")
	child := flag.String("child", "", "make the calls of a task, as JSON, and tell what they cost (for the program itself)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *serve:
		err = serveStub(*total, *latency)
	case *child != "":
		err = work(ctx, *child)
	default:
		err = measure(ctx, *rounds, *output)
	}
	if err != nil {
		log.Fatal(err) //nolint:gocritic // the end of the program is the end of everything
	}
}

func serveStub(total int, latency time.Duration) error {
	s, err := newStub(total, latency)
	if err != nil {
		return err
	}
	return s.serve()
}

// results are what the parts have measured.
type results struct {
	Machine  string
	Rounds   int
	Canned   map[string]map[string]counts // by operation and by client
	Loopback map[string]map[string]*series
	Decode   decoding
	Walk     walking
	Memory   memory
	Programs []program
	Profile  []share
}

func measure(ctx context.Context, rounds int, output string) error {
	r := &results{Machine: fmt.Sprintf("%s, %s/%s, %d processors", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), Rounds: rounds}
	for _, part := range []struct {
		name string
		do   func() error
	}{
		{"allocations", func() (err error) { r.Canned, err = measureCanned(ctx); return err }},
		{"decoding", func() (err error) { r.Decode, err = measureDecoding(rounds); return err }},
		{"memory", func() (err error) { r.Memory, err = measureMemory(ctx); return err }},
		{"programs", func() (err error) { r.Programs, err = measurePrograms(ctx); return err }},
		{"reading ahead", func() (err error) { r.Walk, err = measureWalk(ctx, rounds); return err }},
		{"calls", func() (err error) { r.Loopback, r.Profile, err = measureLoopback(ctx, rounds); return err }},
	} {
		begun := time.Now()
		log.Printf("%s ...", part.name)
		if err := part.do(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		log.Printf("%s took %v", part.name, time.Since(begun).Round(time.Second))
	}
	text, err := r.page()
	if err != nil {
		return err
	}
	fmt.Print(text)
	if output != "" {
		if err := os.WriteFile(output, []byte(text), 0o644); err != nil { //nolint:gosec // a page of the documentation
			return err
		}
	}
	return r.check()
}

// task is calls that a child makes.
type task struct {
	Client    string `json:"client"`
	URL       string `json:"url"`
	Operation string `json:"operation"`
	Calls     int    `json:"calls"`
	Wide      int    `json:"wide"`
	Profile   string `json:"profile,omitempty"` // a file for a profile of the processor's time
}

// cost is what they took.
type cost struct {
	CPU  float64 `json:"cpu"`  // seconds of the processor for a call
	Rate float64 `json:"rate"` // calls a second
}

func (t task) String() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // texts and numbers
	}
	return string(text)
}
