package kneo

import (
	"fmt"
	"net/http"
	"strings"
)

// maxToken is the longest idempotency key that the platform takes; request ids are held to the same.
const maxToken = 256

// checkToken checks an idempotency key or a request id: 1 to 256 visible ASCII characters. What is wrong is told without the
// value, which may be anything.
func checkToken(name, value string) error {
	switch {
	case value == "":
		return argument(name, "it is empty or blank; leave it out to get a random one")
	case len(value) > maxToken:
		return argument(name, fmt.Sprintf("it has %d characters, 256 are the most", len(value)))
	}
	for i := range len(value) {
		if value[i] <= ' ' || value[i] > '~' {
			return argument(name, fmt.Sprintf("character %d is not a visible ASCII character", i+1))
		}
	}
	return nil
}

// reserved are the headers that the client answers for, with what to do instead.
var reserved = map[string]string{
	headerAuthorization:  "the key comes from the profile",
	headerAPIKey:         "the key comes from the profile",
	headerIdempotencyKey: "use WithIdempotencyKey",
	headerRequestID:      "use WithRequestID",
	"User-Agent":         "use WithUserAgent",
	"Host":               "the host is the profile's",
	"Content-Length":     "net/http sets it",
	"Transfer-Encoding":  "net/http sets it",
	"Accept-Encoding":    "net/http sets it, so that the size of what it unpacks can be limited",
	"Connection":         "net/http sets it",
}

// checkHeader checks a header of the user's.
func checkHeader(name, value string) error {
	if instead, ok := reserved[http.CanonicalHeaderKey(name)]; ok {
		return argument("WithHeader", fmt.Sprintf("%s cannot be set: %s", http.CanonicalHeaderKey(name), instead))
	}
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if name == "" || strings.Trim(name, token) != "" {
		return argument("WithHeader", "the name of the header is empty or has characters that HTTP does not allow in one")
	}
	return checkHeaderValue("WithHeader", value)
}

// checkHeaderValue checks for what would end a header line or not get through: control characters and what is not ASCII.
func checkHeaderValue(name, value string) error {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return argument(name, fmt.Sprintf("byte %d of the value is not a printable ASCII character", i+1))
		}
	}
	return nil
}
