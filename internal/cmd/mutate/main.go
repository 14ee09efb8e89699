// Command mutate shows what the tests of a package do not notice. It changes files of the package in one small way after another (a
// condition that always or never holds, an operand left out, < for <=, min for max, a statement dropped) and runs the tests of the
// package against each change:
//
//	go run ./internal/cmd/mutate -known internal/cmd/mutate/equivalent.txt ./kneo redact.go retry.go
//
// It fails if the tests pass in spite of a change that the list of known survivors does not explain, or if that list explains one which
// the tests do notice. The files themselves stay as they are: all changes are compiled into one test binary, by go build's -overlay,
// and the environment variable MUTANT says which of them is in effect.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	log.SetFlags(0)
	known := flag.String("known", "", "file with the survivors that are equivalent to the original, and why")
	match := flag.String("match", "", "only the changes whose description matches this regular expression")
	list := flag.Bool("list", false, "only list the changes")
	flag.Parse()
	if flag.NArg() < 2 {
		log.Fatal("usage: mutate [-known FILE] [-match REGEXP] [-list] PACKAGE FILE...")
	}
	wanted, err := regexp.Compile(*match)
	if err != nil {
		log.Fatal(err)
	}
	if err := run(flag.Arg(0), flag.Args()[1:], *known, wanted, *list); err != nil {
		log.Fatal(err)
	}
}

func run(pkg string, files []string, knownFile string, wanted *regexp.Regexp, list bool) error {
	dir, err := folderOf(pkg)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	mutants, overlay, err := mutateAll(dir, files, work)
	if err != nil {
		return err
	}
	mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return !wanted.MatchString(m.name) })
	if list {
		for _, m := range mutants {
			fmt.Println(m)
		}
		return nil
	}
	explained, err := readKnown(knownFile, files)
	if err != nil {
		return err
	}
	maps.DeleteFunc(explained, func(name string, _ bool) bool { return !wanted.MatchString(name) })
	tests, err := build(dir, overlay, work)
	if err != nil {
		return err
	}
	start := time.Now()
	survivors := mutants
	for _, g := range tests.groups {
		survivors = tests.against(g, survivors)
		fmt.Printf("%d of %d changes are noticed, after %v\n", len(mutants)-len(survivors), len(mutants), time.Since(start).Round(time.Second))
	}
	return report(survivors, explained)
}

// folderOf returns the folder of a package.
func folderOf(pkg string) (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-f", "{{.Dir}}", pkg).Output() //nolint:gosec // the package that the user names
	return strings.TrimSpace(string(out)), err
}

// readKnown reads the known survivors of the files: lines of a survivor, " # " and the reason.
func readKnown(file string, of []string) (map[string]bool, error) {
	explained := map[string]bool{}
	if file == "" {
		return explained, nil
	}
	content, err := os.ReadFile(file) //nolint:gosec // the file that the user names
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(string(content), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		survivor, reason, ok := strings.Cut(line, " # ")
		if !ok || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s:%d: no reason is given", file, i+1)
		}
		for _, name := range of {
			if strings.HasPrefix(survivor, name+" ") {
				explained[strings.TrimSpace(survivor)] = true
			}
		}
	}
	return explained, nil
}

// report tells which survivors are not explained, and which explanations are of no survivor.
func report(survivors []mutant, explained map[string]bool) error {
	bad := 0
	for _, m := range survivors {
		if explained[m.name] {
			delete(explained, m.name)
			continue
		}
		fmt.Printf("unnoticed: line %d: %s\n", m.line, m.name)
		bad++
	}
	for name := range explained {
		fmt.Printf("explained, but noticed or not there: %s\n", name)
		bad++
	}
	if bad > 0 {
		return fmt.Errorf("%d changes to look at", bad)
	}
	return nil
}

// suite is a test binary with all changes in it, and its tests: quick ones, which are run first, and the others.
type suite struct {
	binary, dir string
	groups      []group
}

type group struct {
	pattern string
	limit   time.Duration
}

// build compiles the tests and runs them once without a change, to see how long each takes.
func build(dir, overlay, work string) (*suite, error) {
	s := &suite{binary: filepath.Join(work, "test"), dir: dir}
	compile := exec.CommandContext(context.Background(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", s.binary, ".") //nolint:gosec // its arguments are ours
	compile.Dir = dir
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	all := exec.CommandContext(context.Background(), s.binary, "-test.v") //nolint:gosec // just built
	all.Dir = dir
	out, err := all.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the tests fail without a change: %w\n%s", err, out)
	}
	var quick, slow []string
	var quickTime, slowTime time.Duration
	for _, line := range strings.Split(string(out), "\n") {
		var name, took string
		if n, _ := fmt.Sscanf(line, "--- PASS: %s (%s", &name, &took); n != 2 {
			continue
		}
		d, err := time.ParseDuration(strings.TrimSuffix(took, ")"))
		if err != nil {
			return nil, err
		}
		if d < 100*time.Millisecond {
			quick, quickTime = append(quick, name), quickTime+d
		} else {
			slow, slowTime = append(slow, name), slowTime+d
		}
	}
	for _, g := range []struct {
		names []string
		took  time.Duration
	}{{quick, quickTime}, {slow, slowTime}} {
		if len(g.names) > 0 {
			s.groups = append(s.groups, group{"^(" + strings.Join(g.names, "|") + ")$", 10*time.Second + 5*g.took})
		}
	}
	fmt.Printf("%d quick tests in %v, %d others in %v\n", len(quick), quickTime, len(slow), slowTime)
	return s, nil
}

// against runs a group of tests against each change, and returns those that they do not notice.
func (s *suite) against(g group, mutants []mutant) []mutant {
	unnoticed := make([]bool, len(mutants))
	next := make(chan int)
	var done sync.WaitGroup
	for range runtime.NumCPU() {
		done.Go(func() {
			for i := range next {
				unnoticed[i] = s.passes(g, mutants[i].number)
			}
		})
	}
	for i := range mutants {
		next <- i
	}
	close(next)
	done.Wait()
	var survivors []mutant
	for i, m := range mutants {
		if unnoticed[i] {
			survivors = append(survivors, m)
		}
	}
	return survivors
}

// passes reports whether the tests of a group pass with a change in effect. A test that does not end does not pass.
func (s *suite) passes(g group, number int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), g.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, "-test.failfast", "-test.run", g.pattern) //nolint:gosec // just built
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), fmt.Sprintf("MUTANT=%d", number))
	cmd.WaitDelay = time.Second
	return cmd.Run() == nil
}
