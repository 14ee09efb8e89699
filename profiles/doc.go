// Package profiles finds out which platform a program is to talk to, and with which key.
//
// Profiles are tables of the file client.toml in the user's configuration folder, see [DefaultPath]:
//
//	[default]
//	url = "https://kneo.example.com"
//	api_key = "..."
//
//	[staging]
//	url = "https://staging.kneo.example.com/kneo"
//	api_key = "..."
//	auth_scheme = "kneo_api_key"  # the header that the key goes in; bearer if left out
//	timeout = 10                  # seconds, of one attempt of a call; 30 if left out
//	allow_insecure_http = false   # whether the key may go over http:// to other machines
//
// Which table is loaded is said by, in this order: the argument of [Load], the variable KNEO_PROFILE, the name "default".
//
// Each field then has the value of the last of these places that has one:
//
//  1. the table
//  2. the environment: KNEO_URL, KNEO_API_KEY, KNEO_AUTH_SCHEME, KNEO_TIMEOUT, KNEO_ALLOW_INSECURE_HTTP
//  3. the options: [WithURL], [WithAPIKey], [WithAuthScheme], [WithTimeout]
//
// [Save] writes a profile into the file, without disturbing what else is there.
//
// Mistakes are told with the profile, the field and the place they come from, and never with a key in the text.
package profiles
