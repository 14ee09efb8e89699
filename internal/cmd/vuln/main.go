// Command vuln says which known vulnerabilities the packages of this module can reach, and fails if one of them is in a module that it depends
// on. Those of the standard library are of whoever builds a program; they are counted.
//
// What is known it takes from the module golang.org/x/vulndb, of the version in tools/vuln/go.mod, so that the same commit always has the same
// answer: go get -C tools/vuln golang.org/x/vulndb@latest brings news.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	database = "golang.org/x/vulndb"
	tools    = "-modfile=tools/vuln/go.mod"
	standard = "stdlib"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("vuln: ")
	found, err := scan()
	if err != nil {
		log.Fatal(err)
	}
	slices.Sort(found[standard])
	fmt.Printf("of the standard library of this toolchain: %d, %s\n", len(found[standard]), strings.Join(found[standard], ", "))
	delete(found, standard)
	for _, module := range slices.Sorted(maps.Keys(found)) {
		log.Printf("%s: %s", module, strings.Join(found[module], ", "))
	}
	if len(found) > 0 {
		log.Fatal("the modules above have vulnerabilities that can be reached; see https://pkg.go.dev/vuln")
	}
}

// scan returns the vulnerabilities that can be reached, by module.
func scan() (map[string][]string, error) {
	work, err := os.MkdirTemp("", "kneo-vuln-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary folder
	text, err := run("go", "mod", "download", "-json", tools, database)
	if err != nil {
		return nil, err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(text, &module); err != nil {
		return nil, err
	}
	if _, err := run("go", "tool", tools, "indexdb", "-vulns", filepath.Join(module.Dir, "data", "osv"), "-out", work); err != nil {
		return nil, err
	}
	report, err := run("go", "tool", tools, "govulncheck", "-db", "file://"+work, "-format", "json", "./...")
	if err != nil {
		return nil, err
	}
	return reached(bytes.NewReader(report))
}

func run(command ...string) ([]byte, error) {
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // the commands above
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return text, err
}

// reached reads what govulncheck has found: a finding is reached if it leads to a function.
func reached(report io.Reader) (map[string][]string, error) {
	found := map[string][]string{}
	for d := json.NewDecoder(report); ; {
		var message struct {
			Finding *struct {
				OSV   string
				Trace []struct{ Module, Function string }
			}
		}
		err := d.Decode(&message)
		switch {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return nil, err
		case message.Finding == nil || len(message.Finding.Trace) == 0 || message.Finding.Trace[0].Function == "":
			continue
		}
		f := message.Finding
		module := f.Trace[0].Module
		if !slices.Contains(found[module], f.OSV) {
			found[module] = append(found[module], f.OSV)
		}
	}
}
