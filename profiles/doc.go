// Package profiles finds out which platform a program talks to, and with which key.
//
// # The profile file
//
// Profiles are tables of the file client.toml in the user's configuration folder; see [DefaultPath].
//
//	[default]
//	url = "https://kneo.example.com"
//	api_key = "the-key"
//
//	[staging]
//	url = "https://staging.kneo.example.com/kneo"
//	api_key = "another-key"
//	auth_scheme = "kneo_api_key"  # the header that carries the key; bearer if left out
//	timeout = 10                  # seconds, of one attempt of a call; 30 if left out
//	allow_insecure_http = false   # whether the key may go over http:// to other machines
//
// [Save] writes a profile into the file, and leaves everything else there as it is. [Names] lists them.
//
// # Which profile
//
// [Load] loads the profile that its argument names, or else the one that the variable KNEO_PROFILE names, or else "default". A profile
// that is named must be in the file: a mistyped name must not reach another platform.
//
// # Which value
//
// Each field has the value of the last of these places that has one:
//
//  1. the table in the file
//  2. the environment: KNEO_URL, KNEO_API_KEY, KNEO_AUTH_SCHEME, KNEO_TIMEOUT (seconds), KNEO_ALLOW_INSECURE_HTTP (1 or 0)
//  3. the options: [WithURL], [WithAPIKey], [WithAuthScheme], [WithTimeout]
//
// A program that keeps its settings elsewhere, for example in a vault, builds a [Profile] itself.
//
// # Mistakes
//
// All mistakes are reported at once, each as an [*Error], with the profile, the field and the place that its value came from. No text
// contains a key: a [Secret] shows [redacted] instead, however it is printed.
package profiles
