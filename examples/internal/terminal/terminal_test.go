package terminal

import (
	"os"
	"testing"
)

func TestIs(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	for _, f := range []*os.File{file, null, read, write} {
		if Is(f) {
			t.Errorf("%s is taken for a terminal", f.Name())
		}
	}
}
