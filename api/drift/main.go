// Command drift says in what a server's API is another than that of the contract, operation by operation:
//
//	drift [-contract FILE] URL
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
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	contract := flag.String("contract", "../../openapi.yaml", "the contract")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: drift [-contract FILE] URL")
		os.Exit(3)
	}
	status, err := run(context.Background(), *contract, flag.Arg(0), os.Stdout)
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
	published, err := fetch(ctx, server)
	if err != nil {
		return 0, err
	}
	theirs, err := openapi3.NewLoader().LoadFromData(published)
	if err != nil {
		return 0, fmt.Errorf("what %s publishes cannot be read: %w", server, err)
	}
	changes, err := compare(ours, theirs)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(out, "the contract has %d operations of %s, the server has %d of %s\n", operations(ours), ours.Info.Version, operations(theirs), theirs.Info.Version)
	return report(out, changes), nil
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
