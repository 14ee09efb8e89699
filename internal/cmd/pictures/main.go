// Command pictures plays runs of every kind and draws them, into a folder of documents:
//
//	go run ./internal/cmd/pictures docs
//
// It writes docs/sight.md, and the sources of the pictures in it into docs/pictures. What makes pictures of the sources is in
// tools/pictures. Two playings give the same.
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("pictures: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: pictures FOLDER")
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, folder string) error {
	files, err := draw(ctx)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // documents
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil { //nolint:gosec // documents
			return err
		}
	}
	return nil
}
