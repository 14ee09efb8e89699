package profiles

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
)

// planted is the key of all tests here. No error may show it, wherever it was put.
const planted = "kneo-planted-key-7f3a91"

// TestMain takes away the profiles of whoever runs the tests, and sees to it that nothing is left open.
func TestMain(m *testing.M) {
	if path := os.Getenv("TEST_SAVE"); path != "" {
		saveForever(path) // the child of testSaveAndCrash
	}
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "KNEO_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("XDG_CONFIG_HOME", filepath.Join(os.TempDir(), "kneo-profiles-test-without-files"))
	os.Exit(leaks.Run(m))
}

// write puts a profile file into a folder of its own.
func write(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeDefault puts a profile file where DefaultPath finds it.
func writeDefault(t *testing.T, content string) string {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	path, err := DefaultPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// encode writes tables as TOML.
func encode(t *testing.T, tables map[string]map[string]any) string {
	t.Helper()
	content, err := toml.Marshal(tables)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// refused checks what holds for every error of this package, and returns the *Error values in it.
func refused(t testing.TB, err error) []*Error {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	var found []*Error
	walk(err, func(err error) {
		hides(t, err)
		if e, ok := err.(*Error); ok {
			found = append(found, e)
		}
	})
	if len(found) == 0 {
		t.Fatalf("no *Error in %v", err)
	}
	for _, e := range found {
		if e.Profile == "" || e.Source == "" {
			t.Errorf("profile %q, source %q: %v", e.Profile, e.Source, e)
		}
		if errors.Is(e, ErrMissing) == errors.Is(e, ErrInvalid) {
			t.Errorf("it is to be one of ErrMissing and ErrInvalid: %v", e)
		}
		if strings.ContainsAny(e.Error(), "\r\n") {
			t.Errorf("more than one line: %q", e.Error())
		}
		if !strings.HasPrefix(e.Error(), "kneo: ") || strings.Count(e.Error(), "kneo: ") != 1 {
			t.Errorf("it should say once that it is from kneo: %v", e)
		}
	}
	return found
}

// only checks that one field is refused, and returns the error.
func only(t testing.TB, err error, field, source string, kind error) *Error {
	t.Helper()
	found := refused(t, err)
	if len(found) != 1 {
		t.Fatalf("%d problems in place of one: %v", len(found), err)
	}
	if e := found[0]; e.Field != field || e.Source != source || !errors.Is(err, kind) {
		t.Errorf("field %q, source %q, kind as expected %v, want %q, %q: %v", e.Field, e.Source, errors.Is(err, kind), field, source, err)
	}
	return found[0]
}

// hides checks that an error does not show the key, not even to somebody who prints it with the wrong verb.
func hides(t testing.TB, err error) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
		if text := fmt.Sprintf(verb, err); strings.Contains(text, planted) {
			t.Errorf("%s shows the key: %s", verb, text)
		}
	}
}

// walk visits an error and all that it wraps.
func walk(err error, visit func(error)) {
	visit(err)
	switch w := err.(type) {
	case interface{ Unwrap() error }:
		if inner := w.Unwrap(); inner != nil {
			walk(inner, visit)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range w.Unwrap() {
			walk(inner, visit)
		}
	}
}

// says checks that a text has all of its parts.
func says(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
}
