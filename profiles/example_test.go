package profiles_test

import (
	"fmt"
	"log"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

func ExampleLoad() {
	profile, err := profiles.Load("", profiles.WithURL("https://kneo.example.com"), profiles.WithAPIKey("the key"[:3]))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(profile.URL, profile.APIKey, profile.AuthScheme)
	// Output: https://kneo.example.com [redacted] bearer
}

func ExampleNewSecret() {
	key := profiles.NewSecret("from the vault")
	fmt.Printf("%v %d characters\n", key, len(key.Reveal()))
	// Output: [redacted] 14 characters
}
