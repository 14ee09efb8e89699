// Package compiled finds what the go command has compiled, for programs that look at the types of packages.
package compiled

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
)

// Packages are compiled packages, and all that they use.
type Packages struct {
	Paths []string // import paths of those that were asked for

	export map[string]string // import path to file, of those and of all that they use
}

// List has the go command compile the packages of some patterns, such as ./..., in a folder. Most are in its cache.
func List(folder string, patterns ...string) (*Packages, error) {
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Export,DepOnly"}, patterns...)...) //nolint:gosec,noctx // a developer's tool
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	all := &Packages{export: map[string]string{}}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Export string
			DepOnly            bool
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all.export[p.ImportPath] = p.Export
		if !p.DepOnly {
			all.Paths = append(all.Paths, p.ImportPath)
		}
	}
}

// Importer imports what the packages export.
func (p *Packages) Importer() types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(p.export[path]) })
}
