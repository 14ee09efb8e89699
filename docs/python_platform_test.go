//go:build platform && unix

package docs_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
)

// TestPlatformPythonNames: the list of what the Python client has is that of the Python client. With -update it is written.
func TestPlatformPythonNames(t *testing.T) {
	python, err := realplatform.InstallClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now, err := exec.Command(python, "testdata/names.py").Output()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(pythonNames, now, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(pythonNames)
	if err != nil || string(recorded) != string(now) {
		t.Errorf("%s is not what the client has (go test ./docs -tags platform -run PlatformPythonNames -update writes it), %v:\n%s", pythonNames, err, now)
	}
}
