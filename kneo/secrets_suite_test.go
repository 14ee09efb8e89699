//go:build reliability

package kneo

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestKeyNowhereInTheSuite (key-nowhere): all tests of this package together write no key.
func TestKeyNowhereInTheSuite(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.skip", "^TestKeyNowhereInTheSuite$").CombinedOutput()
	if err != nil || strings.Count(string(output), "--- PASS") < 100 {
		t.Fatalf("%v: %s", err, output[max(0, len(output)-2000):])
	}
	for form, text := range formsOf(testKey) {
		if strings.Contains(string(output), text) {
			t.Errorf("the key, %s, is in the output", form)
		}
	}
}
