//go:build platform && unix

package docs_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
)

// TestPlatformLogConfiguration: with the log configuration of the page the platform's own records are written.
func TestPlatformLogConfiguration(t *testing.T) {
	venv, err := realplatform.Install(t.Context(), realplatform.DefaultVersion)
	if err != nil {
		t.Fatal(err)
	}
	const program = `import json, logging.config
logging.config.dictConfig(json.load(open("testdata/log.json")))
logging.getLogger("kneo_serv.service").info("a line for each request")`
	said, err := exec.Command(filepath.Join(venv, "bin", "python"), "-c", program).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "a line for each request") {
		t.Errorf("%v: %s", err, said)
	}
}
