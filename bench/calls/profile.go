package main

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/google/pprof/profile"
)

// share is a part of the processor's time of a call.
type share struct {
	What string
	Part float64
}

// parts are what the time goes to, by the innermost function on the stack that is of one of them.
var parts = []struct {
	what  string
	roots []string
}{
	{"system calls: reading, writing, waiting for the network", []string{"syscall.", "internal/runtime/syscall.", "runtime.netpoll", "runtime/internal/syscall."}},
	{"decoding the answer", []string{"github.com/kneo-agent/kneo-client-go/internal/wire.", "github.com/kneo-agent/kneo-client-go/gen.decode"}},
	{"the garbage collector", []string{"runtime.gcBgMarkWorker", "runtime.bgsweep", "runtime.gcAssistAlloc", "runtime.gcStart"}},
	{"the scheduler: waking and parking goroutines", []string{"runtime.schedule", "runtime.mcall", "runtime.findRunnable", "runtime.park_m", "runtime.goready", "runtime.ready"}},
	{"net/http and what is below it", []string{"net/http.", "net.", "bufio.", "net/textproto.", "internal/poll.", "crypto/"}},
	{"this library: the way of the call, without decoding", []string{"github.com/kneo-agent/kneo-client-go/"}},
}

// profileOf has a child do a task and says where its time went.
func profileOf(ctx context.Context, t task) ([]share, error) {
	folder, err := os.MkdirTemp("", "kneo-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	t.Profile = filepath.Join(folder, "cpu")
	if _, err := runChild(ctx, "", t); err != nil {
		return nil, err
	}
	file, err := os.Open(t.Profile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := profile.Parse(file)
	if err != nil {
		return nil, err
	}
	return shares(p), nil
}

func shares(p *profile.Profile) []share {
	var total float64
	spent := map[string]float64{}
	for _, sample := range p.Sample {
		value := float64(sample.Value[1]) // nanoseconds
		total += value
		spent[partOf(sample)] += value
	}
	var all []share
	for what, value := range spent {
		all = append(all, share{what, value / total})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Part > all[j].Part })
	return all
}

func partOf(sample *profile.Sample) string {
	for _, location := range sample.Location { // the innermost first
		for _, line := range location.Line {
			for _, part := range parts {
				for _, root := range part.roots {
					if strings.HasPrefix(line.Function.Name, root) {
						return part.what
					}
				}
			}
		}
	}
	return "the rest"
}
