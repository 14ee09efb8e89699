package kneo

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

const (
	redacted = "[redacted]"
	// minSecret is the length from which on a key is looked for in what the other side sends. A shorter one, which guards
	// nothing, is part of too many words: to blot it out would spoil every answer.
	minSecret = 4
	// maxText is how much of a text that the other side wrote goes into an error.
	maxText = 1 << 10
	// maxSnippet is how much of a body that is not the contract's does.
	maxSnippet = 256
)

// secrets are the keys that a client has ever used. Whatever the other side sends may hold one, since servers and proxies
// like to quote what they refuse.
type secrets struct {
	mu   sync.RWMutex
	keys []profiles.Secret // not text: a client can be printed
}

func (s *secrets) add(key profiles.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(key.Reveal()) >= minSecret && !slices.ContainsFunc(s.keys, key.Equal) {
		s.keys = append(s.keys, key)
	}
}

// bytes returns b without the keys.
func (s *secrets) bytes(b []byte) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, key := range s.keys {
		if text := []byte(key.Reveal()); bytes.Contains(b, text) {
			b = bytes.ReplaceAll(b, text, []byte(redacted))
		}
	}
	return b
}

// text makes a text of the other side fit to be shown: without the keys, in one line, without control characters, and of
// bounded length.
func (s *secrets) text(text string, limit int) string {
	s.mu.RLock()
	for _, key := range s.keys {
		text = strings.ReplaceAll(text, key.Reveal(), redacted)
	}
	s.mu.RUnlock()
	return printable(text, limit)
}

// printable escapes what is not printable and cuts at a limit in bytes.
func printable(text string, limit int) string {
	var b strings.Builder
	for i, r := range text {
		if b.Len() >= limit {
			b.WriteString("…")
			break
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[i]), 16))
		case r == ' ' || strconv.IsGraphic(r) && !isInvisible(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// isInvisible reports whether r could make a text look like another one on a terminal: line and paragraph separators.
func isInvisible(r rune) bool { return r == '\u2028' || r == '\u2029' }
