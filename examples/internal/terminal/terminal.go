// Package terminal tells the examples whether somebody is there, and reads what they type.
package terminal

import "os"

// Is reports whether f is a terminal. Files, pipes and the null device are not.
func Is(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
