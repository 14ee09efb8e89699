package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// TestStatus: the exit status says whether all runs completed.
func TestStatus(t *testing.T) {
	emulator.Configure(t)
	tests := []struct {
		args   string
		status int
		says   string
	}{
		{"-n 3", 0, "s: 3 completed\n"},
		{"-n 3 -broken 1", 1, "\n1 of 3 runs did not complete\n"},
		{"-at-once 0", 1, "-n and -at-once must be at least 1\n"},
	}
	for _, test := range tests {
		if out, status := emulator.Run(t, strings.Fields(test.args)...); status != test.status || !strings.HasSuffix(out, test.says) {
			t.Errorf("%s: %d: %s", test.args, status, out)
		}
	}
}

// TestRun: with its defaults the program prints a line for each run, and no escape sequences.
func TestRun(t *testing.T) {
	srv := emulator.Configure(t)
	var out bytes.Buffer
	f := fanout{out: &out, n: 200, atOnce: 8, timeout: time.Minute}
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^ *(\d+) of 200 +\d+\.\ds  completed  (\S+)$`).FindAllStringSubmatch(out.String(), -1)
	seen := map[string]bool{}
	for i, line := range lines {
		if seen[line[2]] = true; line[1] != fmt.Sprint(i+1) {
			t.Errorf("line %d: %q", i, line)
		}
	}
	if len(seen) != 200 || srv.Calls("CreateRun") != 200 || strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), ": 200 completed\n") {
		t.Errorf("%d runs, %d creates, %s", len(seen), srv.Calls("CreateRun"), out.String())
	}
}

// do runs the example on a platform in the bubble.
func do(ctx context.Context, t *testing.T, f fanout, opts ...kneotest.Option) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	f.out = &out
	err = f.do(ctx, emulator.InProcess(t, opts...).Client())
	return out.String(), err
}

// TestBroken: failed runs are an error, and some of them are listed with the reason. The others are waited for.
func TestBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said, err := do(t.Context(), t, fanout{n: 30, atOnce: 4, broken: 12, timeout: time.Minute})
		if err == nil || err.Error() != "12 of 30 runs did not complete" || !strings.Contains(said, "s: 18 completed, 12 failed\n") {
			t.Errorf("%v, %s", err, said)
		}
		if strings.Count(said, ": JSONDecodeError: ") != maxProblems || !strings.HasSuffix(said, "\n  and 2 more\n") {
			t.Error(said)
		}
	})
}

// slowly makes every run take a second.
var slowly = kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
	return &kneotest.Script{Steps: []kneotest.ScriptStep{{Takes: time.Second}}}
})

// TestTable: on a terminal each table replaces the one before, and the last one has all runs.
func TestTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said, err := do(t.Context(), t, fanout{n: 20, atOnce: 4, terminal: true, timeout: time.Minute}, slowly)
		if err != nil {
			t.Fatal(err)
		}
		tables := strings.Split(said, "\x1b[J")[1:]
		if len(tables) < 10 || len(tables) > 15 { // ten a second
			t.Errorf("%d tables", len(tables))
		}
		for i, drawn := range tables {
			if i == len(tables)-1 {
				break
			}
			if up := fmt.Sprintf("\x1b[%dA", strings.Count(drawn, "\n")); !strings.HasSuffix(drawn, up) {
				t.Errorf("table %d is not replaced: %q", i, drawn)
			}
		}
		full := strings.Repeat("#", barWidth)
		last := regexp.MustCompile(`20 of 20 runs created\n  completed    20  ` + full + `\n20 runs in 1\.\ds: 20 completed\n$`)
		if !strings.Contains(said, "  running      20  "+full+"\n") || !last.MatchString(tables[len(tables)-1]) {
			t.Errorf("%q", said)
		}
	})
}

// TestBoundedCreation: as many creates are in flight as allowed, and no more.
func TestBoundedCreation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var now, most int
		count := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				next.ServeHTTP(w, r)
				mu.Lock()
				now--
				mu.Unlock()
			})
		}
		fault := kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Effect: kneotest.Effects(count, kneotest.Latency(time.Second))})
		if _, err := do(t.Context(), t, fanout{n: 20, atOnce: 3, timeout: time.Minute}, fault); err != nil || most != 3 {
			t.Errorf("%v, %d at a time", err, most)
		}
	})
}

// TestCreateFails: after a create fails there are no more, and the runs created before it are waited for.
func TestCreateFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", After: 5, Count: 1, Effect: kneotest.Answer(http.StatusForbidden, 0)})
		said, err := do(t.Context(), t, fanout{n: 20, atOnce: 1, timeout: time.Minute}, full, slowly)
		if !errors.Is(err, kneo.ErrForbidden) || !strings.HasPrefix(err.Error(), "15 of 20 runs were not created: ") || !strings.HasSuffix(said, "s: 5 completed\n") {
			t.Errorf("%v, %s", err, said)
		}
	})
}

// TestCtrlC: after an interruption the program says what the runs were doing.
func TestCtrlC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, cancel)
		said, err := do(ctx, t, fanout{n: 20, atOnce: 4, timeout: time.Minute}, slowly)
		if err == nil || err.Error() != "20 of 20 runs did not complete" || !strings.Contains(said, "20 runs in 0.5s: 20 running\n") || strings.Count(said, "the wait was cancelled") != maxProblems {
			t.Errorf("%v, %s", err, said)
		}
	})
}
