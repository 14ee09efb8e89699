//go:build unix

package realplatform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoPython means that there is no Python that the server runs on.
var ErrNoPython = errors.New("kneo-serv needs Python 3.12 or later, with venv and pip")

// findPython returns the first Python that will do: $KNEO_PYTHON, those on the path, those of pyenv.
func findPython(ctx context.Context) (string, error) {
	var tried []string
	for _, candidate := range pythons(os.Getenv) {
		path, err := exec.LookPath(candidate)
		if err != nil {
			tried = append(tried, candidate+" (not found)")
			continue
		}
		const check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
		if exec.CommandContext(ctx, path, "-c", check).Run() == nil { //nolint:gosec // runs what the developer has installed
			return path, nil
		}
		tried = append(tried, candidate+" (too old, or without venv)")
	}
	return "", fmt.Errorf("%w; looked for %s. Install one, or set KNEO_PYTHON to its path", ErrNoPython, strings.Join(tried, ", "))
}

// pythons lists what to try, the best first.
func pythons(getenv func(string) string) []string {
	var list []string
	if named := getenv("KNEO_PYTHON"); named != "" {
		list = append(list, named)
	}
	list = append(list, "python3.13", "python3.12", "python3.14", "python3")
	for _, root := range []string{getenv("PYENV_ROOT"), filepath.Join(getenv("HOME"), ".pyenv")} {
		found, _ := filepath.Glob(filepath.Join(root, "versions", "3.1[2-9]*", "bin", "python"))
		slices.Sort(found)
		slices.Reverse(found)
		list = append(list, found...)
	}
	return list
}
