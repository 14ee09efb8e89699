//go:build unix

// Command platform runs a real server of the platform, and a command with KNEO_URL and KNEO_API_KEY set to it.
//
//	go run ./internal/cmd/platform [-version 1.2.0] [-key KEY] [COMMAND [ARGUMENT ...]]
//
// It ends with the command, with its exit status. Without a command it prints the URL and the key, and goes on until it is
// interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("platform: ")
	version := flag.String("version", realplatform.DefaultVersion, "version of kneo-serv")
	key := flag.String("key", "kneo_integration_key", "the admin's API key")
	flag.Parse()
	status, err := run(*version, *key, flag.Args())
	if err != nil {
		log.Print(err)
		os.Exit(max(status, 1))
	}
}

func run(version, key string, command []string) (status int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := realplatform.Start(ctx, realplatform.Options{
		Version: version, AdminKey: key, Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05", "KNEO_SERV_WORKER_CONCURRENCY=4"},
	})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if len(command) == 0 {
		fmt.Printf("export KNEO_URL=%s KNEO_API_KEY=%s\n", server.URL, key)
		<-ctx.Done()
		return 0, nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // that is what it is for
	cmd.Env = append(os.Environ(), "KNEO_URL="+server.URL, "KNEO_API_KEY="+key)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), fmt.Errorf("%s: %w", command[0], err)
	}
	return 1, err
}
