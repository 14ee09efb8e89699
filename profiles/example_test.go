package profiles_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// exampleFile writes a profile file, and returns its path and what removes it again.
func exampleFile() (path string, remove func()) {
	folder, err := os.MkdirTemp("", "kneo")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(folder, "client.toml")
	content := `
[default]
url = "https://kneo.example.com"
api_key = "the-key-of-production"

[staging]
url = "https://staging.example.com/kneo/"
api_key = "the-key-of-staging"
auth_scheme = "kneo_api_key"
timeout = 10
`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		log.Fatal(err)
	}
	return path, func() { _ = os.RemoveAll(folder) }
}

func ExampleLoad() {
	path, remove := exampleFile() // programs leave out WithFile, and so use the user's own file
	defer remove()

	profile, err := profiles.Load("staging", profiles.WithFile(path), profiles.WithTimeout(5*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(profile.Name, profile.URL, profile.AuthScheme, profile.Timeout, profile.APIKey)
	// Output: staging https://staging.example.com/kneo kneo_api_key 5s [redacted]
}

// Each mistake is an [*profiles.Error] that says which field it is about, and where its value came from.
func ExampleLoad_mistakes() {
	path, remove := exampleFile()
	defer remove()

	_, err := profiles.Load("default", profiles.WithFile(path), profiles.WithURL("kneo.example.com"))
	var mistake *profiles.Error
	if errors.As(err, &mistake) {
		fmt.Println(mistake.Field, mistake.Source, errors.Is(err, profiles.ErrInvalid))
	}
	fmt.Println(err)
	// Output:
	// url WithURL true
	// kneo: profile "default": url from WithURL: it does not begin with http:// or https://
}

// A key from somewhere else than a file, such as a vault, needs no file.
func ExampleNewSecret() {
	profile := profiles.Profile{
		Name:   "from the vault",
		URL:    "https://kneo.example.com",
		APIKey: profiles.NewSecret("the-key-in-the-vault"),
	}
	if err := profile.Validate(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %q %v\n", profile.APIKey, profile.APIKey, profile.APIKey)
	fmt.Println(len(profile.APIKey.Reveal()))
	// Output:
	// [redacted] [redacted] [redacted]
	// 20
}

func ExampleNames() {
	path, remove := exampleFile()
	defer remove()

	names, err := profiles.Names(path) // "" is the user's own file
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(names)
	// Output: [default staging]
}

// A login command of your own keeps what it was given. What else is in the file stays.
func ExampleSave() {
	path, remove := exampleFile()
	defer remove()

	err := profiles.Save(path, profiles.Profile{ // "" is the user's own file
		Name:   "team",
		URL:    "https://team.example.com",
		APIKey: profiles.NewSecret("the-key-of-the-team"),
	})
	if err != nil {
		log.Fatal(err)
	}
	names, err := profiles.Names(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(names)
	// Output: [default staging team]
}

// Options win over file and environment, field by field.
func Example_options() {
	path, remove := exampleFile()
	defer remove()

	profile, err := profiles.Load("", profiles.WithFile(path), profiles.WithURL("https://kneo.test.example.com"),
		profiles.WithAPIKey("another-key"), profiles.WithAuthScheme(profiles.KneoAPIKey), profiles.WithTimeout(5*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(profile.Name, profile.URL, profile.AuthScheme, profile.Timeout)
	// Output: default https://kneo.test.example.com kneo_api_key 5s
}

// A file that others can read is a warning, or an error if you want it so.
func ExampleWithStrict() {
	path, remove := exampleFile()
	defer remove()
	if err := os.Chmod(path, 0o644); err != nil {
		log.Fatal(err)
	}

	profile, err := profiles.Load("", profiles.WithFile(path))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(profile.Warnings()), "warning")
	_, err = profiles.Load("", profiles.WithFile(path), profiles.WithStrict())
	fmt.Println(errors.Is(err, profiles.ErrInvalid))
	// Output:
	// 1 warning
	// true
}
