//go:build !unix

package profiles

import "io/fs"

// Where files have access lists, their mode says nothing.
func foreign(fs.FileInfo) bool          { return false }
func readableByOthers(fs.FileInfo) bool { return false }
