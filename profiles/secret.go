package profiles

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what a Secret shows of itself.
const redacted = "[redacted]"

// Secret holds an API key. However it is printed, encoded or logged, and however deep inside other values, it shows [redacted]; only
// [Secret.Reveal] returns the key. A Secret cannot hide the key in a core dump: whoever owns the process can read its memory.
type Secret struct {
	// A function, since fmt prints the content of fields that it may not call methods on, but of a function only the address.
	reveal func() string
}

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the text itself, empty for the zero Secret.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether there is nothing to hide.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal reports whether both hold the same text. The time it takes does not depend on how much they have in common.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns [redacted], and nothing for the zero Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString returns the same as String, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format writes the same as String whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns what slog gets: the same as String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what JSON, TOML and other encodings get: the same as String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets the text, so that a Secret can be part of a program's own configuration. It refuses what MarshalText writes in the
// place of a key: who reads that back has lost the key.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == redacted {
		return errors.New("profiles: the text is " + redacted + ", which was written in the place of a key")
	}
	*s = NewSecret(string(text))
	return nil
}

// GobEncode returns an error: gob is for values that are decoded again, and a Secret must not be in the encoded data.
func (s Secret) GobEncode() ([]byte, error) {
	return nil, errors.New("profiles: a Secret cannot be encoded by gob")
}
