// Package connect gives the examples their platform: the one of the user's profile, or one in the process.
package connect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// Platform returns a client of the configured platform, or of one that it starts and tells of. Call done at the end.
func Platform(out io.Writer, opts ...kneo.Option) (client *kneo.Client, done func(), err error) {
	if Configured() {
		client, err := kneo.NewClient(opts...)
		if err != nil {
			return nil, nil, err
		}
		return client, func() { _ = client.Close() }, nil
	}
	fmt.Fprintln(out, "There is no profile, so a platform is started in this process. To use a real one, set KNEO_URL and KNEO_API_KEY,")
	path, err := profiles.DefaultPath()
	if err != nil {
		path = "client.toml"
	}
	fmt.Fprintf(out, "or write url and api_key under [default] into %s.\n\n", path)
	srv := kneotest.NewServer()
	client = srv.Client(opts...)
	return client, func() { _ = client.Close(); srv.Close() }, nil
}

// Configured reports whether anybody has said which platform to use.
func Configured() bool {
	for _, name := range []string{"KNEO_PROFILE", "KNEO_URL", "KNEO_API_KEY"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	path, err := profiles.DefaultPath()
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
