// Command api writes down what packages of this module, or of the one in the folder of -C, export, a line for each thing that a user can name:
//
//	go run ./internal/cmd/api [-C MODULE] FOLDER PACKAGE ...
//
// Lines that are added are additions. Lines that are gone or changed break those who use them, as apidiff says in more detail: see
// make api-check.
package main

import (
	"flag"
	"fmt"
	"go/types"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/internal/compiled"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("api: ")
	module := flag.String("C", ".", "folder of the `module` that the packages are in")
	flag.Parse()
	if flag.NArg() < 2 {
		log.Fatal("usage: api [-C MODULE] FOLDER PACKAGE ...")
	}
	if err := run(*module, flag.Arg(0), flag.Args()[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(module, folder string, patterns []string) error {
	packages, err := compiled.List(module, patterns...)
	if err != nil {
		return err
	}
	imports := packages.Importer()
	for _, path := range packages.Paths {
		pkg, err := imports.Import(path)
		if err != nil {
			return err
		}
		file := filepath.Join(folder, strings.ReplaceAll(strings.TrimPrefix(path, "github.com/kneo-agent/kneo-client-go/"), "/", "-")+".txt")
		if err := os.WriteFile(file, []byte(strings.Join(exported(pkg), "\n")+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// exported lists what a package exports, sorted.
func exported(pkg *types.Package) (lines []string) {
	short := func(other *types.Package) string {
		if other == pkg {
			return ""
		}
		return other.Name()
	}
	for _, name := range pkg.Scope().Names() {
		object := pkg.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		kind, isType := object.(*types.TypeName)
		if !isType || kind.IsAlias() {
			line := types.ObjectString(object, short)
			if c, ok := object.(*types.Const); ok {
				line += " = " + c.Val().ExactString()
			}
			lines = append(lines, line)
			continue
		}
		lines = append(lines, members(kind, short)...)
	}
	slices.Sort(lines)
	return lines
}

// members lists a type and what can be said of a value of it.
func members(kind *types.TypeName, short types.Qualifier) (lines []string) {
	named := kind.Type().(*types.Named)
	about := "type " + types.TypeString(named, short)
	structure, isStruct := named.Underlying().(*types.Struct)
	if !isStruct {
		lines = append(lines, about+" "+types.TypeString(named.Underlying(), short))
	} else {
		lines = append(lines, about+" struct")
		for i := range structure.NumFields() {
			if field := structure.Field(i); field.Exported() {
				lines = append(lines, fmt.Sprintf("%s struct, %s %s", about, field.Name(), types.TypeString(field.Type(), short)))
			}
		}
	}
	set := types.NewMethodSet(types.NewPointer(named))
	for i := range set.Len() {
		if method := set.At(i).Obj(); method.Exported() {
			lines = append(lines, types.ObjectString(method, short))
		}
	}
	return lines
}
