package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// state is all that another process needs.
type state struct {
	Key    string `json:"key"`    // of the create: repeated under it, there is still one run
	RunID  string `json:"run_id"` // once it is known
	Events int    `json:"events"` // handled so far
}

// load reads the state. Without a file it is the zero state.
func load(path string) (s state, err error) {
	content, err := os.ReadFile(path) //nolint:gosec // the user names it
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return s, fmt.Errorf("%s is not a state of this program: %w", path, err)
	}
	return s, nil
}

// save replaces the file at once, so that a crash leaves the old state or the new one.
func (s state) save(path string) error {
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	next := path + ".next"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}
