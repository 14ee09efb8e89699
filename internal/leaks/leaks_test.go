package leaks

import (
	"os"
	"strings"
	"testing"
	"time"
)

type tests struct {
	code int
	do   func()
}

func (t tests) Run() int {
	t.do()
	return t.code
}

func TestRun(t *testing.T) {
	if code := Run(tests{0, func() { go func() {}() }}); code != 0 {
		t.Errorf("code %d after a goroutine that ended", code)
	}
	if code := Run(tests{3, func() {}}); code != 3 {
		t.Errorf("code %d of tests that failed", code)
	}
}

func TestLeft(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = 100 * time.Millisecond
	before := Now()
	end := make(chan struct{})
	go func() { <-end }()
	left := before.Left()
	if !strings.Contains(left, "goroutines") || !strings.Contains(left, "TestLeft") {
		t.Errorf("of a goroutine: %q", left)
	}
	close(end)
	if left := before.Left(); left != "" {
		t.Errorf("%q is left of nothing", left)
	}
	f, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if before.Files > 0 && before.Left() == "" {
		t.Error("an open file is not seen")
	}
	_ = f.Close()
	if left := before.Left(); left != "" {
		t.Errorf("%q is left of nothing", left)
	}
}
