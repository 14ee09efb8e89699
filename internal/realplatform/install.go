//go:build unix

package realplatform

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// ClientVersion is the Python client that there is a comparison with.
const ClientVersion = "1.2.0"

// Versions are the published ones, from the first to the last.
var Versions = []string{
	"0.2.2", "0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "0.9.0", "0.10.0", "0.11.0", "0.12.0", "1.0.0", "1.1.0", "1.2.0",
}

// DefaultVersion is the server that the contract describes, the last of them.
var DefaultVersion = Versions[len(Versions)-1]

// Milestones are versions such that every change of behaviour since the first of them lies between two of them.
var Milestones = []string{"0.6.0", "0.9.0", "0.11.0", "1.0.0", "1.1.0", "1.2.0"}

//go:embed requirements.txt
var requirements string

//go:embed client_requirements.txt
var clientRequirements string

var versionPattern = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)

// pins returns everything that a version of the server is installed from.
func pins(version string) string {
	agent := "2.2.0"
	if strings.HasPrefix(version, "0.2.") || strings.HasPrefix(version, "0.3.") || strings.HasPrefix(version, "0.4.") || strings.HasPrefix(version, "0.5.") {
		agent = "1.5.0"
	}
	return fmt.Sprintf("kneo-serv==%s\nkneo-agent==%s\n%s", version, agent, requirements)
}

// Install makes sure that a version of the server is in the cache, and returns the folder of its virtual environment. The
// cache is $KNEO_PLATFORM_CACHE, else a folder in the user's cache folder. Several processes may install at once.
func Install(ctx context.Context, version string) (venv string, err error) {
	if !versionPattern.MatchString(version) {
		return "", fmt.Errorf("realplatform: %q is not a version like %s", version, DefaultVersion)
	}
	return ensure(ctx, version, pins(version))
}

// InstallClient does the same with the Python client of the platform, which cases and benchmarks compare with, and returns the path of
// the Python that has it.
func InstallClient(ctx context.Context) (python string, err error) {
	venv, err := ensure(ctx, "client-"+ClientVersion, clientRequirements)
	return filepath.Join(venv, "bin", "python"), err
}

// ensure makes sure that an environment with these packages is in the cache under the given name.
func ensure(ctx context.Context, name, pins string) (venv string, err error) {
	cache := os.Getenv("KNEO_PLATFORM_CACHE")
	if cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("realplatform: there is no cache folder: %w", err)
		}
		cache = filepath.Join(base, "kneo-client-go", "platform")
	}
	home := filepath.Join(cache, name)
	if installed(home, pins) {
		return filepath.Join(home, "venv"), nil
	}
	if err := os.MkdirAll(cache, 0o750); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(cache, name+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if !installed(home, pins) {
		err = install(ctx, home, pins)
	}
	return filepath.Join(home, "venv"), err
}

// installed reports whether the installation is complete and of these pins.
func installed(home, pins string) bool {
	stamp, err := os.ReadFile(filepath.Join(home, "installed")) //nolint:gosec // a file of our cache
	return err == nil && string(stamp) == pins
}

func install(ctx context.Context, home, pins string) error {
	python, err := findPython(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(home), os.MkdirAll(home, 0o750)); err != nil {
		return err
	}
	list := filepath.Join(home, "requirements.txt")
	if err := os.WriteFile(list, []byte(pins), 0o600); err != nil {
		return err
	}
	venv := filepath.Join(home, "venv")
	own := filepath.Join(venv, "bin", "python")
	for _, command := range [][]string{
		{python, "-m", "venv", venv},
		{own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "--no-deps", "--no-compile", "-r", list},
		{own, "-m", "compileall", "-q", "-j", "0", filepath.Join(venv, "lib")}, // or every start would do it
	} {
		output, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput() //nolint:gosec // the commands above
		if err != nil && command[2] != "compileall" {
			return fmt.Errorf("realplatform: installing %s: %s: %w\n%s", home, strings.Join(command[1:4], " "), err, output)
		}
	}
	return os.WriteFile(filepath.Join(home, "installed"), []byte(pins), 0o600)
}
