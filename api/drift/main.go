// Command drift says in what a server's API is another than that of the contract, operation by operation:
//
//	drift [-contract FILE] URL
//	drift -list URL
//
// URL is that of a server, which publishes its own contract as /openapi.json, or a file with one. The exit status is 0 if the two
// are the same, 1 if the server has more, 2 if it lacks something or has it otherwise, and 3 if they could not be compared.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	contract := flag.String("contract", "../../openapi.yaml", "the contract")
	only := flag.Bool("list", false, "list what the server has that can be asked for, and compare nothing")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: drift [-contract FILE] URL")
		os.Exit(3)
	}
	ask := run
	if *only {
		ask = list
	}
	status, err := ask(context.Background(), *contract, flag.Arg(0), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "drift:", err)
		os.Exit(3)
	}
	os.Exit(status)
}

func run(ctx context.Context, contract, server string, out io.Writer) (status int, err error) {
	ours, err := openapi3.NewLoader().LoadFromFile(contract)
	if err != nil {
		return 0, err
	}
	theirs, err := published(ctx, server)
	if err != nil {
		return 0, err
	}
	changes, err := compare(ours, theirs)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(out, "the contract has %d operations of %s, the server has %d of %s\n", operations(ours), ours.Info.Version, operations(theirs), theirs.Info.Version)
	return report(out, changes), nil
}

// published reads the contract of a server.
func published(ctx context.Context, server string) (*openapi3.T, error) {
	text, err := fetch(ctx, server)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("what %s publishes cannot be read: %w", server, err)
	}
	return doc, nil
}

// list writes what can be asked for, a line each: operations, and their parameters and fields.
func list(ctx context.Context, _, server string, out io.Writer) (status int, err error) {
	theirs, err := published(ctx, server)
	if err != nil {
		return 0, err
	}
	var lines []string
	doc := reduced(theirs, nil)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			name := method + " " + path
			lines = append(lines, name)
			for _, p := range op.Parameters {
				if p.Value.In != "path" {
					lines = append(lines, name+" "+p.Value.In+" "+p.Value.Name)
				}
			}
			if op.RequestBody != nil {
				for field := range jsonOf(op.RequestBody.Value.Content).Value.Properties {
					lines = append(lines, name+" field "+field)
				}
			}
		}
	}
	slices.Sort(lines)
	_, err = fmt.Fprintln(out, strings.Join(lines, "\n"))
	return 0, err
}

// fetch reads what a server publishes, or a file.
func fetch(ctx context.Context, server string) ([]byte, error) {
	if !strings.HasPrefix(server, "http://") && !strings.HasPrefix(server, "https://") {
		return os.ReadFile(server) //nolint:gosec // that is what was asked for
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(server, "/")+"/openapi.json", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", req.URL, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 16<<20))
}
