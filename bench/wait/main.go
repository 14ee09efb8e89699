// Command wait prints what waiting costs and how late it is, against the emulator and against a real server, which it installs
// (needs a Python >= 3.12; Linux, for the time that the server's processor takes).
//
//	make bench-wait BENCHFLAGS='-parts single,fleet,heap,load,livez -fleet 1000 -heap 10000 -load 200 -livez 1000'
//
// These are the defaults. They take about seven minutes, and want the machine for themselves; each part says how long it took.
//
// The parts:
//
//	single  waits for one run of several lengths, on both platforms: lateness and requests, beside a poller that asks every second
//	fleet   one WaitAll beside as many single waits, on the emulator: lateness and requests
//	heap    how much memory one WaitAll for very many runs takes
//	load    what one WaitAll and one-second pollers cost the real server, beside what its work costs by itself
//	livez   how long others wait for the real server's answers in the meantime
//
// A run's end is the time that its step function notes in the emulator, and completed_at in the last checkpoint of the real server.
// The poller that asks every second is lucky with runs of 1, 5 and 20 s, which end as it asks; the fleets have random lengths.
//
// All figures of one call come from that call. What depends on the machine is printed beside its bound; the program fails only
// where the number of requests is above its bound.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options say what is measured.
type options struct {
	parts                    []string
	seed                     uint64
	fleet, heap, load, livez int // runs of each part
	workers                  int
	window                   time.Duration // of livez
}

var allParts = []string{"single", "fleet", "heap", "load", "livez"}

func main() {
	log.SetFlags(0)
	log.SetPrefix("wait: ")
	if slices.Equal(os.Args[1:], []string{emulatorCommand}) {
		if err := beEmulator(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	o := parseOptions()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := measure(ctx, os.Stdout, o)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func parseOptions() *options {
	o := new(options)
	parts := flag.String("parts", strings.Join(allParts, ","), "what to measure")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the lengths of the runs")
	flag.IntVar(&o.fleet, "fleet", 1000, "runs of the part fleet")
	flag.IntVar(&o.heap, "heap", 10000, "runs of the part heap")
	flag.IntVar(&o.load, "load", 200, "runs of the part load")
	flag.IntVar(&o.livez, "livez", 1000, "runs of the part livez")
	flag.IntVar(&o.workers, "workers", 64, "workers of the real server")
	flag.DurationVar(&o.window, "window", 30*time.Second, "how long the part livez asks")
	flag.Parse()
	o.parts = strings.Split(*parts, ",")
	return o
}

// measure does the parts in their order. One that fails does not keep the others from being done.
func measure(ctx context.Context, out io.Writer, o *options) error {
	fmt.Fprintf(out, "%s, %d processors, seed %d\n", runtime.Version(), runtime.GOMAXPROCS(0), o.seed)
	var errs []error
	for _, part := range o.parts {
		start := time.Now()
		err := measurePart(ctx, out, o, part)
		if err != nil {
			err = fmt.Errorf("%s: %w", part, err)
		}
		errs = append(errs, err)
		fmt.Fprintf(out, "(%s took %v)\n", part, time.Since(start).Round(time.Second))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func measurePart(ctx context.Context, out io.Writer, o *options, part string) error {
	switch part {
	case "single":
		return errors.Join(measureSingle(ctx, out, startEmulator), measureSingle(ctx, out, startServer(o.workers)))
	case "fleet":
		return measureFleet(ctx, out, o)
	case "heap":
		return measureHeap(ctx, out, o)
	case "load":
		return measureLoad(ctx, out, o)
	case "livez":
		return measureLivez(ctx, out, o)
	}
	return fmt.Errorf("there is no such part; there are %s", strings.Join(allParts, ", "))
}
