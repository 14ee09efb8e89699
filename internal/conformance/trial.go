package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// Record is what the cases came to on a server of some version.
type Record struct {
	Version string `json:"version"`
	Full    int    `json:"full"`    // cases that passed, every line of them
	Older   int    `json:"older"`   // cases that passed as far as this version goes, and saw what it lacks
	Refused int    `json:"refused"` // cases that ended with a call that the client refused to send to this version
	Lacks   []Lack `json:"lacks"`   // what they saw, sorted

	mu sync.Mutex
}

// Lack is something that a version of the server does not have.
type Lack struct {
	Since   string // the version that it came with
	What    string
	Refused bool // the client does not send such a call
}

// MarshalText makes one line of it.
func (l Lack) MarshalText() ([]byte, error) {
	how := "differs"
	if l.Refused {
		how = "refused"
	}
	return []byte(l.Since + " " + how + " " + l.What), nil
}

// UnmarshalText reads such a line.
func (l *Lack) UnmarshalText(line []byte) error {
	part := strings.SplitN(string(line), " ", 3)
	if len(part) != 3 {
		return fmt.Errorf("%q says nothing of a version", line)
	}
	*l = Lack{part[0], part[2], part[1] == "refused"}
	return nil
}

// has reports whether the server under test has what came with a version. A case that goes on without it says what it is.
func (target *Target) has(t testing.TB, since, what string) bool {
	if target.Version == "" || !older(target.Version, since) {
		return true
	}
	if trial, ok := t.(*trial); ok {
		trial.lacks = append(trial.lacks, Lack{Since: since, What: what})
	}
	return false
}

// older compares versions.
func older(a, b string) bool {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		return cmp.Compare(m, n)
	}) < 0
}

// trial is the test that a case gets to see. A case that would fail since the client refused one of its calls has not failed: on this
// server it has to end there, if it is true that the server is too old.
type trial struct {
	testing.TB
	target  *Target
	lacks   []Lack
	refused *kneo.UnsupportedError
}

// try runs a case.
func try(t *testing.T, c Case, target Target) {
	trial := &trial{TB: t, target: &target}
	done := make(chan struct{})
	go func() { // that Goexit ends, and not the test
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		c.Run(trial, &target)
	}()
	<-done
	if r := target.Record; r != nil && !t.Failed() {
		r.add(trial)
	}
}

func (r *Record) add(trial *trial) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := trial.lacks
	switch refusal := trial.refused; {
	case refusal != nil:
		r.Refused++
		what := strings.TrimPrefix(refusal.What, "the ") + " of `" + refusal.Method + " " + template(refusal) + "`"
		seen = append(seen, Lack{refusal.Needs, strings.TrimPrefix(what, "operation of "), true})
	case seen != nil:
		r.Older++
	default:
		r.Full++
	}
	r.Lacks = append(r.Lacks, seen...)
	slices.SortFunc(r.Lacks, func(a, b Lack) int { return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.What, b.What)) })
	r.Lacks = slices.Compact(r.Lacks)
}

// judge ends the case if what it is about to fail with is a call that the client refused.
func (t *trial) judge(args []any) {
	t.Helper()
	for _, arg := range args {
		err, ok := arg.(error)
		if !ok || !errors.As(err, &t.refused) {
			continue
		}
		if t.target.Version == "" || !older(t.target.Version, t.refused.Needs) || t.refused.Found != t.target.Version {
			t.TB.Errorf("the client refused a call to %s: %v", cmp.Or(t.target.Version, "the latest server"), err)
		}
		runtime.Goexit()
	}
}

// Error is that of the test, unless the client refused a call.
func (t *trial) Error(args ...any) { t.Helper(); t.judge(args); t.TB.Error(args...) }

// Errorf is that of the test, unless the client refused a call.
func (t *trial) Errorf(format string, args ...any) {
	t.Helper()
	t.judge(args)
	t.TB.Errorf(format, args...)
}

// Fatal is Error and the end of the case.
func (t *trial) Fatal(args ...any) { t.Helper(); t.Error(args...); runtime.Goexit() }

// Fatalf is Errorf and the end of the case.
func (t *trial) Fatalf(format string, args ...any) {
	t.Helper()
	t.Errorf(format, args...)
	runtime.Goexit()
}

// FailNow ends the case.
func (t *trial) FailNow() { t.Fail(); runtime.Goexit() }

// SkipNow fails: no case is skipped.
func (t *trial) SkipNow() { t.Helper(); t.Fatal("a case skips itself") }

// Skip is SkipNow.
func (t *trial) Skip(...any) { t.Helper(); t.SkipNow() }

// Skipf is SkipNow.
func (t *trial) Skipf(string, ...any) { t.Helper(); t.SkipNow() }

// template is the path of a refused call as the contract has it.
func template(refusal *kneo.UnsupportedError) string {
	if op := gen.FindOperation(refusal.Method, refusal.Path); op != nil {
		return op.Path
	}
	return refusal.Path
}
