// Command reliability runs the tests of the cases in internal/casebook and writes what they measured as a page of the documentation. It
// writes nothing if a case does not hold.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/casebook"
)

func main() {
	peers := flag.Bool("peers", true, "measure the other clients, too (needs Python >= 3.12)")
	soak := flag.Duration("soak", 10*time.Minute, "how long the soak lasts")
	race := flag.Bool("race", false, "build tests and clients with the race detector; the limits hold all the same")
	output := flag.String("o", "", "the file to write; none if empty")
	flag.Parse()
	r, err := run(*peers, *race, *soak)
	if err == nil {
		err = r.holds()
	}
	if err == nil && *output != "" {
		err = os.WriteFile(*output, []byte(r.page()), 0o644) //nolint:gosec // a page of the documentation
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reliability:", err)
		os.Exit(1)
	}
}

// results is what the tests said.
type results struct {
	figures map[string]map[string][]string // by case and by who was measured
	passed  map[string]bool                // by test
}

// event is a line of go test -json.
type event struct {
	Action, Test, Key, Value, Output string
}

// run runs the tests, one package after another: they would take each other's time.
func run(peers, race bool, soak time.Duration) (*results, error) {
	cmd := exec.Command("go", "test", "-json", "-p", "1", "-count=1", "-timeout", "50m", "-tags", "reliability", "-race="+strconv.FormatBool(race), //nolint:gosec,noctx // as long as it takes
		"./internal/wire", "./kneo", "./profiles", "./internal/reliability")
	cmd.Env = append(os.Environ(), "RELIABILITY_SOAK="+soak.String())
	if peers {
		cmd.Env = append(cmd.Env, "RELIABILITY_PEERS=1")
	}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &results{map[string]map[string][]string{}, map[string]bool{}}
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		r.read(lines.Bytes())
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("the tests failed: %w", err)
	}
	return r, lines.Err()
}

// read takes one event up, and shows what concerns people.
func (r *results) read(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		return
	}
	switch e.Action {
	case "pass":
		r.passed[e.Test] = true
	case "fail":
		fmt.Println("failed:", e.Test)
	case "output":
		if strings.Contains(e.Output, "_test.go:") {
			fmt.Print(e.Output)
		}
	case "attr":
		var f casebook.Figure
		if e.Key != casebook.AttributeKey || json.Unmarshal([]byte(e.Value), &f) != nil {
			return
		}
		fmt.Printf("%s, %s: %s\n", f.Case, f.Who, f.Text)
		if r.figures[f.Case] == nil {
			r.figures[f.Case] = map[string][]string{}
		}
		r.figures[f.Case][f.Who] = append(r.figures[f.Case][f.Who], f.Text)
	}
}

// holds says which cases nothing was said of. Those of which something is wrong have failed before.
func (r *results) holds() error {
	var missing []string
	for _, group := range casebook.Groups {
		for _, c := range group.Cases {
			for _, test := range c.Tests {
				if !r.passed[test] {
					missing = append(missing, c.Name+" ("+test+" did not run)")
				}
			}
			if len(c.Tests) == 0 && r.figures[c.Name][casebook.Ours] == nil {
				missing = append(missing, c.Name+" (nothing was measured)")
			}
		}
	}
	if missing != nil {
		return fmt.Errorf("not held: %s", strings.Join(missing, ", "))
	}
	return nil
}
