package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

const (
	adminKey = "bench-admin-key"

	// gateFile is the file, in the server's folder, that gated runs wait for.
	gateFile = "open"
)

// server is the real one.
type server struct {
	*realplatform.Server
	store string
}

// startServer returns what starts a real server with so many workers.
func startServer(workers int) starter {
	return func(ctx context.Context) (platform, error) {
		store, err := os.MkdirTemp("", "kneo-bench-")
		if err != nil {
			return nil, err
		}
		srv, err := realplatform.Start(ctx, realplatform.Options{
			AdminKey: adminKey, Store: store,
			Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05", "KNEO_SERV_WORKER_CONCURRENCY=" + strconv.Itoa(workers)},
		})
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(store))
		}
		return &server{srv, store}, nil
	}
}

func (s *server) name() string { return "kneo-serv " + realplatform.DefaultVersion }

func (s *server) profile() profiles.Profile {
	return profiles.Profile{Name: "bench", URL: s.URL, APIKey: profiles.NewSecret(adminKey)}
}

// step has Python time a statement that sleeps: the one function of its library that does without code of ours on the server.
func (s *server) step(_ int, d time.Duration, gated bool) (implementation, input string) {
	wait := ""
	if gated {
		wait = "import os\nwhile not os.path.exists('" + gateFile + "'): time.sleep(0.2)\n"
	}
	return "timeit.timeit", fmt.Sprintf("import time\n%stime.sleep(%g)\nfor _x in _it: pass", wait, d.Seconds())
}

func (s *server) open(context.Context) error {
	return os.WriteFile(filepath.Join(s.store, gateFile), nil, 0o600)
}

// ends reads the last checkpoint of each run, which has its times.
func (s *server) ends(ctx context.Context, runs []run) ([]time.Time, error) {
	client, err := kneo.NewClient(kneo.WithResolvedProfile(s.profile()))
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	list := make([]time.Time, len(runs))
	for i, r := range runs {
		if list[i], err = completedAt(ctx, client, r.id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// checkpointPatience is how much later than the status of a run its last checkpoint may be seen.
const checkpointPatience = 2 * time.Second

// completedAt returns when a run ended.
func completedAt(ctx context.Context, client *kneo.Client, id string) (time.Time, error) {
	for start := time.Now(); time.Since(start) < checkpointPatience; time.Sleep(20 * time.Millisecond) {
		page, err := client.Platform.Runs.Checkpoints(ctx, id, kneo.CheckpointParams{Limit: 1, SortOrder: "desc"})
		if err != nil {
			return time.Time{}, err
		}
		if len(page.Items) > 0 && !page.Items[0].State.CompletedAt.IsZero() {
			return page.Items[0].State.CompletedAt, nil
		}
	}
	return time.Time{}, fmt.Errorf("run %s of the server has not ended", id)
}

// close ends the server at once: it would wait for the runs that are still at work.
func (s *server) close() error {
	s.Kill()
	return errors.Join(s.Stop(), os.RemoveAll(s.store))
}

// clockTick is the unit of the times in /proc, which is the same on every Linux of today.
const clockTick = 10 * time.Millisecond

// cpu returns how long the server's process, with all its threads, has been at work so far.
func (s *server) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	if err != nil {
		return 0, fmt.Errorf("the time of the server's processor is read from /proc: %w", err)
	}
	// The name of the program, in brackets, may have blanks; user and system time are the 12th and 13th field after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
