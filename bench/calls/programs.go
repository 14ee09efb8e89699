package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// program is what a small program costs that does the same with each of the libraries.
type program struct {
	Name    string
	Size    int64         // of the binary, without symbols
	Compile time.Duration // when everything but the standard library has to be compiled
}

// measurePrograms builds the programs of bench/programs, each on a cache that has the standard library only.
func measurePrograms(ctx context.Context) ([]program, error) {
	work, err := os.MkdirTemp("", "kneo-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary folder
	standard := filepath.Join(work, "standard")
	if _, err := build(ctx, standard, "plain", work); err != nil {
		return nil, err
	}
	var all []program
	for _, name := range []string{"plain", "kneo", "hcloud", "openai"} {
		p := program{Name: name}
		times := 3 // the shortest of them: what else the machine does makes it only longer
		if name != "plain" && name != "kneo" {
			times = 1 // which takes long enough
		}
		for i := range times {
			cache := filepath.Join(work, fmt.Sprint(name, i))
			if err := os.CopyFS(cache, os.DirFS(standard)); err != nil {
				return nil, err
			}
			took, err := build(ctx, cache, name, work)
			if err != nil {
				return nil, err
			}
			if p.Compile == 0 || took < p.Compile {
				p.Compile = took
			}
		}
		info, err := os.Stat(filepath.Join(work, name+".bin"))
		if err != nil {
			return nil, err
		}
		p.Size = info.Size()
		all = append(all, p)
	}
	return all, nil
}

func build(ctx context.Context, cache, name, folder string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(folder, name+".bin"), "./programs/"+name) //nolint:gosec // our own
	cmd.Env = append(os.Environ(), "GOCACHE="+cache, "CGO_ENABLED=0")
	begun := time.Now()
	output, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, output)
	}
	return time.Since(begun), err
}
