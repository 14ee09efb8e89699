package profiles

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxFile is more than any profile file has, and little enough to read.
const maxFile = 1 << 20

// file is a profile file that has been read.
type file struct {
	path     string
	tables   map[string]*table
	warnings []string
}

// Names returns the names of the profiles in a file, sorted. An empty path means [DefaultPath]. A file that does not exist is an error
// here, in which errors.Is finds [io/fs.ErrNotExist].
func Names(path string) ([]string, error) {
	if path == "" {
		var err error
		if path, err = DefaultPath(); err != nil {
			return nil, err
		}
	}
	f, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("kneo: profile file %s: %w", path, err)
	}
	return f.names(), nil
}

func (f *file) names() []string {
	if f == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(f.tables))
}

// readFile reads and parses a profile file. Its errors leave the path to the caller to tell.
func readFile(path string) (*file, error) {
	content, warnings, err := readSafely(path)
	if err != nil {
		return nil, err
	}
	tables, err := parse(content)
	if err != nil {
		return nil, err
	}
	return &file{path: path, tables: tables, warnings: warnings}, nil
}

// readSafely reads a regular file of bounded size that belongs to its reader.
func readSafely(path string) (content []byte, warnings []string, err error) {
	info, err := os.Stat(path) // before opening, which would wait for the writer of a pipe
	switch {
	case err != nil:
		return nil, nil, unreadable(err)
	case !info.Mode().IsRegular():
		return nil, nil, invalid("it is not a regular file")
	case foreign(info):
		return nil, nil, invalid("it belongs to another user, who could put another platform into it; take it over with chown")
	}
	if mode := info.Mode().Perm(); readableByOthers(info) {
		warnings = append(warnings, fmt.Sprintf("kneo: the profile file %s can be read by others (mode %04o); its keys are theirs too. chmod 600 %s", path, mode, path))
	}
	f, err := os.Open(path) //nolint:gosec // it is the user who says which file
	if err != nil {
		return nil, nil, unreadable(err)
	}
	defer f.Close()
	content, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, nil, unreadable(err)
	case len(content) > maxFile:
		return nil, nil, invalid("it is larger than %d bytes; is it the right file?", maxFile)
	}
	return content, warnings, nil
}

// unreadable says why a file cannot be read.
func unreadable(err error) error { return refusedFile("it cannot be read: ", err) }

// unwritable says why a file cannot be written.
func unwritable(err error) error { return refusedFile("it cannot be written: ", err) }

func refusedFile(what string, err error) error {
	kind := ErrInvalid
	if errors.Is(err, fs.ErrNotExist) {
		kind = ErrMissing
	}
	// Without the path, which the caller tells.
	var at *fs.PathError
	var moved *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &moved):
		err = moved.Err
	}
	return &problem{kind: kind, text: what + err.Error(), cause: err}
}

// stringOf takes a string, and a whole number for a key of digits that somebody forgot to quote. Others, such as 1_000 and 0x1F, would
// become other digits than are in the file.
func stringOf(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case digits:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && strconv.FormatInt(n, 10) == string(v) {
			return string(v), nil
		}
		return "", invalid("it is not a string; put it into quotes")
	}
	return "", invalid("it is not a string")
}

// timeoutOf takes seconds as a number or as the text of one.
func timeoutOf(value any) (time.Duration, error) {
	var seconds float64
	switch v := value.(type) {
	case int64:
		seconds = float64(v)
	case float64:
		seconds = v
	case string:
		var err error
		if seconds, err = strconv.ParseFloat(strings.TrimSpace(v), 64); err != nil {
			return 0, invalid("it is not a number of seconds")
		}
	default:
		return 0, invalid("it is not a number of seconds")
	}
	d := time.Duration(math.Round(seconds * float64(time.Second)))
	switch {
	case math.IsNaN(seconds) || math.IsInf(seconds, 0) || seconds >= float64(math.MaxInt64/time.Second):
		return 0, invalid("it is not a finite number of seconds")
	case seconds <= 0:
		return 0, invalid("it must be above zero")
	case d == 0:
		return 0, invalid("it is below a nanosecond, which is the least")
	}
	return d, nil
}

// boolOf takes true and false, and in the environment 1 and 0.
func boolOf(value any) (bool, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case string:
		if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
			return b, nil
		}
	}
	return false, invalid("it is neither true nor false")
}
