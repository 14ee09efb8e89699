package main

import (
	"log"
	"os"
	"slices"
	"testing"
	"time"
)

// TestMain makes the test's program the emulator when it is started as such.
func TestMain(m *testing.M) {
	if slices.Equal(os.Args[1:], []string{emulatorCommand}) {
		if err := beEmulator(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestFleetOfTheEmulator goes all the way that a measurement goes, with short runs.
func TestFleetOfTheEmulator(t *testing.T) {
	list := []time.Duration{300 * time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond}
	row, err := waitForFleet(t.Context(), startEmulator, alone, list)
	if err != nil {
		t.Fatal(err)
	}
	if len(row.late) != len(list) || slices.Min(row.late) < 0 || row.requests < int64(len(list)) {
		t.Errorf("%+v", row)
	}
}

// TestEndIsNotGuessed: a run that is still at work has no end.
func TestEndIsNotGuessed(t *testing.T) {
	err := withRuns(t.Context(), startEmulator, []time.Duration{time.Hour}, func(s *session, runs []run) error {
		if ended, err := s.ends(t.Context(), runs); err == nil {
			t.Errorf("%v", ended)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
