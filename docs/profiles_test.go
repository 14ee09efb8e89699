package docs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"path/filepath"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// useFile has the profile file of this process be one with the given content, until restore is called.
func useFile(content string) (restore func()) {
	path, remove := inFolder("kneo/client.toml", content)
	back := setenv("XDG_CONFIG_HOME", filepath.Dir(filepath.Dir(path)))
	return func() { back(); remove() }
}

const twoProfiles = `
[default]
url = "https://kneo.example.com"
api_key = "the-key-of-production"

[staging]
url = "https://staging.kneo.example.com/kneo"
api_key = "the-key-of-staging"
`

func Example_profile() {
	defer useFile(twoProfiles)()
	//docs:show
	client, err := kneo.NewClient(kneo.WithProfile("staging"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client.Profile().Name, client.Profile().URL, client.Profile().APIKey)
	// Output: staging https://staging.kneo.example.com/kneo [redacted]
}

func Example_profileOverride() {
	defer useFile(twoProfiles)()
	//docs:show
	flagURL, flagKey := "https://kneo.test.example.com", "" // of your command line
	var opts []kneo.Option
	if flagURL != "" {
		opts = append(opts, kneo.WithURL(flagURL))
	}
	if flagKey != "" {
		opts = append(opts, kneo.WithAPIKey(flagKey))
	}
	client, err := kneo.NewClient(opts...)
	//docs:hide
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client.Profile().URL, client.Profile().APIKey.Reveal())
	// Output: https://kneo.test.example.com the-key-of-production
}

func Example_profileFromVault() {
	key := func(string) string { return "the-key-in-the-vault" }
	//docs:show
	profile := profiles.Profile{
		Name:   "production",
		URL:    "https://kneo.example.com",
		APIKey: profiles.NewSecret(key("kneo/production")),
	}
	client, err := kneo.NewClient(kneo.WithResolvedProfile(profile))
	//docs:hide
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client.Profile().Name)
	// Output: production
}

func Example_profileStrict() {
	defer useFile(twoProfiles)()
	//docs:show
	profile, err := profiles.Load("staging", profiles.WithStrict())
	if err != nil {
		log.Fatal(err) // also if others can read the file
	}
	client, err := kneo.NewClient(kneo.WithResolvedProfile(profile))
	//docs:hide
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client.Profile().Name)
	// Output: staging
}

func Example_profileMistakes() {
	defer useFile("")()
	defer setenv("KNEO_URL", "kneo.example.com")()
	defer setenv("KNEO_API_KEY", "the-key\n")()
	//docs:show
	_, err := kneo.NewClient()
	var mistake *profiles.Error
	switch {
	case errors.Is(err, profiles.ErrMissing):
		fmt.Println("a setting is missing:")
	case errors.As(err, &mistake):
		fmt.Printf("something is wrong with %s:\n", mistake.Field)
	}
	fmt.Println(err)
	//docs:hide
	// Output:
	// something is wrong with url:
	// kneo: profile "default": url from $KNEO_URL: it does not begin with http:// or https://
	// kneo: profile "default": api_key from $KNEO_API_KEY: it has a line break at character 8 of 8; the key file probably ends with one
}

func Example_profileSave() {
	defer useFile(twoProfiles)()
	url, key := "https://team.kneo.example.com", "the-key-of-the-team"
	//docs:show
	err := profiles.Save("", profiles.Profile{Name: "team", URL: url, APIKey: profiles.NewSecret(key)})
	if err != nil {
		log.Fatal(err)
	}
	names, err := profiles.Names("")
	if errors.Is(err, fs.ErrNotExist) {
		log.Fatal("there is no profile file yet")
	}
	fmt.Println(names)
	// Output: [default staging team]
}

func Example_rotateKey() {
	srv := kneotest.NewServer(kneotest.WithKey("next", "the-next-key", "service"))
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		next := "the-next-key"
		//docs:show
		if err := client.SetAPIKey(next); err != nil {
			return err // no header can carry it; the old key stays in use
		}
		_, err := client.Platform.Runs.List(ctx, kneo.RunListParams{Limit: 1})
		//docs:hide
		fmt.Println(srv.Requests("ListRuns")[0].Principal)
		return err
	})
	// Output: next
}

func Example_forbidden() {
	srv := kneotest.NewServer(kneotest.WithKey("dashboard", "dashboard-key", "viewer"))
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		_, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello", Spec: spec, AsyncMode: true})
		var e *kneo.Error
		switch {
		case errors.Is(err, kneo.ErrUnauthorized):
			fmt.Println("the platform does not know the key")
		case errors.Is(err, kneo.ErrForbidden) && errors.As(err, &e):
			fmt.Println("the key lacks the scope", e.Details.RequiredScope)
		}
		//docs:hide
		return nil
	}, kneo.WithAPIKey("dashboard-key"))
	// Output: the key lacks the scope runs:write
}
