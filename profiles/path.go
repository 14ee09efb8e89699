package profiles

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// DefaultPath returns the path of the profile file: kneo/client.toml in $XDG_CONFIG_HOME if that is set, or else in the user's
// configuration folder. That is ~/.config, on macOS ~/Library/Application Support, and on Windows %LOCALAPPDATA%\kneo, or %APPDATA% if
// the file exists only there. The Python client uses the same places. The file need not exist.
func DefaultPath() (string, error) {
	paths := candidates(runtime.GOOS, os.Getenv)
	if len(paths) == 0 {
		return "", errors.New("kneo: there is no place for the profile file: neither a configuration folder nor a home folder is set in the environment")
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return paths[0], nil
}

// candidates lists the places of the profile file, the preferred one first.
func candidates(goos string, getenv func(string) string) []string {
	join := func(base string, parts ...string) []string {
		if base == "" {
			return nil
		}
		return []string{filepath.Join(append([]string{base}, parts...)...)}
	}
	if xdg := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
		return join(xdg, "kneo", "client.toml")
	}
	switch goos {
	case "windows":
		return append(join(getenv("LOCALAPPDATA"), "kneo", "kneo", "client.toml"), join(getenv("APPDATA"), "kneo", "client.toml")...)
	case "darwin":
		return join(getenv("HOME"), "Library", "Application Support", "kneo", "client.toml")
	}
	return join(getenv("HOME"), ".config", "kneo", "client.toml")
}
