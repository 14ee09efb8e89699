package kneo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/kneo-agent/kneo-client-go/internal/plain"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

const (
	redacted = "[redacted]"
	// minSecret is the length from which on a key is looked for in what the other side sends. A shorter one, which guards
	// nothing, is part of too many words: to blot it out would spoil every answer.
	minSecret = 4
	// maxText is how much of a text that the other side wrote goes into an error.
	maxText = 512
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

// bytes returns the body b without the keys, also where JSON or a URL has them escaped.
func (s *secrets) bytes(b []byte) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, key := range s.keys {
		b = withoutKey(b, key.Reveal())
	}
	return b
}

func withoutKey(b []byte, key string) []byte {
	if bytes.IndexByte(b, '\\') >= 0 {
		quoted, _ := json.Marshal(key) // a key has no character that JSON must write as \u
		inJSON := withoutEscapes(quoted[1 : len(quoted)-1])
		if resolved := withoutEscapes(b); bytes.Contains(resolved, inJSON) {
			b = replaceKey(resolved, inJSON)
		}
	}
	if bytes.IndexByte(b, '%') >= 0 {
		for _, inURL := range []string{url.QueryEscape(key), url.PathEscape(key)} {
			b = replaceKey(replaceKey(b, []byte(inURL)), lowerHex(inURL))
		}
	}
	return replaceKey(b, []byte(key))
}

// body returns the body of an answer without the keys. That of an error may have been cut off, or have broken off, in the middle of one.
func (s *secrets) body(resp *http.Response) []byte {
	b := s.bytes(bodyOf(resp))
	if statusOf(resp) < http.StatusBadRequest {
		return b
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, key := range s.keys {
		b = withoutBeginning(b, key.Reveal())
	}
	return b
}

func replaceKey(b, key []byte) []byte {
	if !bytes.Contains(b, key) {
		return b
	}
	return bytes.ReplaceAll(b, key, []byte(redacted))
}

// lowerHex writes the digits of percent signs in lower case, as some do.
func lowerHex(text string) []byte {
	out := []byte(text)
	for i := range out {
		if out[i] == '%' {
			copy(out[i:], bytes.ToLower(out[i:i+3]))
		}
	}
	return out
}

// withoutBeginning returns a body without the beginning of a key at its end.
func withoutBeginning(b []byte, key string) []byte {
	for n := len(key) - 1; n >= minSecret; n-- {
		if bytes.HasSuffix(b, []byte(key[:n])) {
			return b[:len(b)-n]
		}
	}
	return b
}

// withoutEscapes writes the visible ASCII characters of a JSON text as short as JSON can: some encoders write \/ for a slash,
// others \u002B for a plus.
func withoutEscapes(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			continue
		}
		i++
		if text[i] == '/' {
			out = append(out, '/')
			continue
		}
		if text[i] == 'u' && i+4 < len(text) {
			code, _ := strconv.ParseUint(string(text[i+1:i+5]), 16, 16) // 0 for what is no number
			if code > ' ' && code <= '~' {
				if code == '"' || code == '\\' {
					out = append(out, '\\')
				}
				out = append(out, byte(code))
				i += 4
				continue
			}
		}
		out = append(out, '\\', text[i])
	}
	return out
}

// text makes a text of the other side fit to be shown: without the keys, without what URLs have of secrets, in one line, without
// control characters, and of bounded length.
func (s *secrets) text(text string, limit int) string {
	return printable(withoutURLSecrets(s.string(text)), limit)
}

// string returns a text without the keys.
func (s *secrets) string(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, key := range s.keys {
		if key := key.Reveal(); strings.ContainsAny(text, `\%`) || strings.Contains(text, key) {
			text = string(withoutKey([]byte(text), key))
		}
	}
	return text
}

var (
	urlUser  = regexp.MustCompile(`://[^\s"'<>?#]*@`)
	urlQuery = regexp.MustCompile(`(://[^\s"'<>?#]*)\?[^\s"'<>]*`)
)

// withoutURLSecrets cuts user info and queries out of the URLs in a text. Proxies and transports like to quote them whole.
func withoutURLSecrets(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	text = urlUser.ReplaceAllLiteralString(text, "://"+redacted+"@")
	return urlQuery.ReplaceAllString(text, "${1}?"+redacted)
}

// header returns a header without the keys.
func (s *secrets) header(h http.Header) http.Header {
	var clean http.Header
	for name, values := range h {
		for i, value := range values {
			without := s.string(value)
			if without == value {
				continue
			}
			if clean == nil {
				clean = h.Clone()
			}
			clean[name][i] = without
		}
	}
	if clean == nil {
		return h
	}
	return clean
}

// cause returns err, and the text to show for it. If its own text is another one, since that is not fit to be shown, it is wrapped
// so that errors.Is and errors.As still find what is in it, but nobody who prints it finds the text.
func (s *secrets) cause(err error, limit int) (shown error, text string) { //nolint:staticcheck // ST1008: it returns the error that it was given, and does not fail
	text = s.text(err.Error(), limit)
	if text == err.Error() {
		return err, text
	}
	return &opaqueError{text: text, reach: func() error { return err }}, text
}

// opaqueError stands for an error whose text may hold a secret.
type opaqueError struct {
	text  string
	reach func() error // a function for the reason that profiles.Secret has one
}

func (e *opaqueError) Error() string { return e.text }

// Is has errors.Is find what the error holds.
func (e *opaqueError) Is(target error) bool { return errors.Is(e.reach(), target) }

// As has errors.As find it.
func (e *opaqueError) As(target any) bool { return errors.As(e.reach(), target) }

// printable makes a text one line without control characters, cut at a limit in bytes.
func printable(text string, limit int) string { return plain.Line(text, limit) }
