//go:build unix

// Command matrix runs the conformance cases against servers of many versions, and writes what each of them lacks into
// docs/compatibility.md:
//
//	go run ./internal/cmd/matrix [-all]
//
// It fails if a case fails, or if what it has measured is not what was committed. What was measured is kept in testdata/matrix.json, since
// a run without -all measures some versions only.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/conformance"
	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
)

const (
	measured = "testdata/matrix.json"
	document = "docs/compatibility.md"

	begin = "<!-- make matrix writes what follows -->\n"
	end   = "<!-- make matrix writes what precedes -->\n"

	// atOnce is how many versions are measured at a time: each has a server and its cases, which mostly wait.
	atOnce = 2
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("matrix: ")
	all := flag.Bool("all", false, "every published version, and not only those between which something has changed")
	flag.Parse()
	versions := realplatform.Milestones
	if *all {
		versions = realplatform.Versions
	}
	if err := run(context.Background(), versions); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, versions []string) error {
	lacks := map[string][]conformance.Lack{} // by version
	text, err := os.ReadFile(measured)
	if err == nil {
		err = json.Unmarshal(text, &lacks)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	records, err := measure(ctx, versions)
	if err != nil {
		return err
	}
	for _, r := range records {
		fmt.Printf("%-7s %3d cases: %3d in full, %2d as far as this version goes, %2d refused by the client\n", r.Version, r.Full+r.Older+r.Refused, r.Full, r.Older, r.Refused)
		lacks[r.Version] = r.Lacks
	}
	text, err = json.MarshalIndent(lacks, "", " ")
	if err != nil {
		return err
	}
	old, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	page, err := replaced(string(old), table(lacks))
	if err != nil {
		return err
	}
	return errors.Join(write(measured, append(text, '\n')), write(document, []byte(page)))
}

// write writes a file, and says so if it was another.
func write(path string, content []byte) error {
	old, _ := os.ReadFile(path) //nolint:gosec // one of the two above
	if bytes.Equal(old, content) {
		return nil
	}
	return errors.Join(os.WriteFile(path, content, 0o600), fmt.Errorf("%s was not what has been measured, and is now: look at the difference, and commit it", path))
}

// measure runs the cases against the versions, some at a time, and tells of each how it went.
func measure(ctx context.Context, versions []string) ([]*conformance.Record, error) {
	dir, err := os.MkdirTemp("", "kneo-matrix-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what was measured is what counts
	binary := filepath.Join(dir, "conformance.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-tags", "platform", "-o", binary, "./internal/conformance").CombinedOutput(); err != nil { //nolint:gosec // our own
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	records, failed := make([]*conformance.Record, len(versions)), make([]error, len(versions))
	places := make(chan struct{}, atOnce)
	var done sync.WaitGroup
	for i, version := range versions {
		places <- struct{}{}
		done.Go(func() {
			records[i], failed[i] = one(ctx, binary, version, filepath.Join(dir, version+".json"))
			<-places
		})
	}
	done.Wait()
	return records, errors.Join(failed...)
}

// one runs the cases against one version. The tests of a package run in its folder.
func one(ctx context.Context, binary, version, file string) (*conformance.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run", "^TestPlatform$", "-kneo.version", version, "-kneo.record", file) //nolint:gosec // our own
	cmd.Dir = "internal/conformance"
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", version, err, out)
	}
	text, err := os.ReadFile(file) //nolint:gosec // our own
	if err != nil {
		return nil, err
	}
	r := new(conformance.Record)
	return r, json.Unmarshal(text, r)
}

// replaced is the page with another table in it.
func replaced(page, table string) (string, error) {
	before, rest, found := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", fmt.Errorf("%s has no place for the table", document)
	}
	return before + begin + table + end + after, nil
}

// table has a row for everything that some version lacks, and a column for every version.
func table(lacks map[string][]conformance.Lack) string {
	rows := map[conformance.Lack]bool{}
	for _, of := range lacks {
		for _, l := range of {
			rows[l] = true
		}
	}
	ordered := make([]conformance.Lack, 0, len(rows))
	for l := range rows {
		ordered = append(ordered, l)
	}
	slices.SortFunc(ordered, func(a, b conformance.Lack) int {
		return cmp.Or(-cmp.Compare(slices.Index(realplatform.Versions, a.Since), slices.Index(realplatform.Versions, b.Since)), cmp.Compare(a.What, b.What))
	})
	versions := slices.DeleteFunc(slices.Clone(realplatform.Versions), func(v string) bool { _, ok := lacks[v]; return !ok })
	var b strings.Builder
	b.WriteString("| from | what | " + strings.Join(versions, " | ") + " |\n|---|---" + strings.Repeat("|:-:", len(versions)) + "|\n")
	for _, row := range ordered {
		fmt.Fprintf(&b, "| %s | %s |", row.Since, row.What)
		for _, version := range versions {
			b.WriteString(" " + cell(row, version, lacks[version]) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// cell says what a version makes of something that came with another.
func cell(row conformance.Lack, version string, lacks []conformance.Lack) string {
	switch {
	case slices.Index(realplatform.Versions, version) >= slices.Index(realplatform.Versions, row.Since):
		return "✓"
	case !slices.Contains(lacks, row):
		return "·"
	case row.Refused:
		return "✗"
	}
	return "○"
}
