package kneotest

import (
	"regexp"
	"slices"
	"strings"
)

const redactedText = "[REDACTED]"

// redacted returns a copy of a value without what sounds like a secret, as the platform answers it: whole values under names that
// sound so, parts of texts that look so.
func redacted(v any) any {
	switch v := v.(type) {
	case string:
		return scrub(v)
	case object:
		out := make(object, len(v))
		for name, value := range v {
			if isSecretName(name) {
				out[name] = redactedText
				continue
			}
			out[name] = redacted(value)
		}
		return out
	case []object:
		out := make([]any, len(v))
		for i := range v {
			out[i] = redacted(v[i])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = redacted(v[i])
		}
		return out
	}
	return v
}

// secretTerms are words, or several joined by _, that make a name one of a secret.
var secretTerms = []string{
	"api_key", "apikey", "authorization", "bearer", "ca_bundle", "client_cert", "client_key", "cookie", "credential", "password", "passwd",
	"private_key", "refresh_token", "secret", "session", "set_cookie", "token", "email", "ssn", "social_security",
}

// harmlessNames are names that only count tokens.
var harmlessNames = []string{
	"input_tokens", "output_tokens", "total_tokens", "prompt_tokens", "completion_tokens", "token_usage", "usage", "tokens_input_total",
	"tokens_output_total", "tokens_total", "trace_event_count",
}

var (
	camelWords   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	camelAcronym = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
	notInNames   = regexp.MustCompile(`[^a-z0-9_]+`)
)

// stems are in every name of a secret, so that nearly all others are found out cheaply.
var stems = []string{"key", "auth", "bearer", "bundle", "cert", "cookie", "cred", "passw", "secret", "session", "token", "mail", "ssn", "social"}

// isSecretName reports whether a name is one whose value is hidden: a term is among its words, or one of its words begins or ends with it.
func isSecretName(name string) bool {
	lower := strings.ToLower(name)
	if !slices.ContainsFunc(stems, func(stem string) bool { return strings.Contains(lower, stem) }) {
		return false
	}
	name = camelAcronym.ReplaceAllString(camelWords.ReplaceAllString(name, "${1}_${2}"), "${1}_${2}")
	name = notInNames.ReplaceAllString(strings.ToLower(name), "_")
	if slices.Contains(harmlessNames, name) {
		return false
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' })
	return slices.ContainsFunc(secretTerms, func(term string) bool { return hasTerm(words, term) })
}

func hasTerm(words []string, term string) bool {
	parts := strings.Split(term, "_")
	for i := range len(words) - len(parts) + 1 {
		window := words[i : i+len(parts)]
		last := len(parts) - 1
		if slices.Equal(window[:last], parts[:last]) && (window[last] == parts[last] || last > 0 && window[last] == parts[last]+"s") {
			return true
		}
	}
	fused := strings.Join(parts, "")
	return slices.ContainsFunc(words, func(word string) bool {
		return word != "tokens" && word != fused && (strings.HasPrefix(word, fused) || strings.HasSuffix(word, fused))
	})
}

// pattern finds a kind of secret in texts.
type pattern struct {
	hints       []string // one of them is in every text that has such a secret, in lower case; looking for it is cheaper
	find        *regexp.Regexp
	replacement string
	only        func(match string) bool // nil for all matches
}

var patterns = []pattern{
	{[]string{"@"}, regexp.MustCompile(`(?i)\b[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}\b`), "[REDACTED_EMAIL]", nil},
	{[]string{"cookie"}, regexp.MustCompile(`(?i)\b(set-cookie|cookie)(\s*[:=]\s*)[^\r\n]+`), "${1}${2}" + redactedText, nil},
	{[]string{"bearer", "basic", "digest"}, regexp.MustCompile(`(?i)\b(Bearer|Basic|Digest)\s+[A-Za-z0-9._~+/=-]+`), "${1} " + redactedText, nil},
	{[]string{"negotiate", "ntlm", "token"}, regexp.MustCompile(`(?i)\b(Negotiate|NTLM|Token)\s+[A-Za-z0-9._~+/=-]{8,}`), "${1} " + redactedText, looksLikeCredential},
	{[]string{"sk-"}, regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{12,}\b`), redactedText, nil},
	{[]string{"aiza"}, regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}\b`), redactedText, nil},
	{[]string{"eyj"}, regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\b`), redactedText, nil},
	{[]string{"akia", "asia"}, regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`), redactedText, nil},
	{[]string{"gh", "github_pat_"}, regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b`), redactedText, nil},
	{[]string{"passw", "secret", "credential", "key", "authorization", "token"}, regexp.MustCompile(`(?i)\b((?:\w+[_-]?)?(?:passwords?|passwd|secrets?|credentials?|api[_-]?keys?)|authorization|token|` +
		`(?:access|refresh|client|secret|private|auth|session|bearer|api)[_-]?(?:tokens?|keys?))["']?\s*[:=]\s*["']?([^\s,;&"']+)`), "${1}=" + redactedText, nil},
}

// looksLikeCredential tells a credential after the name of a scheme from a word of English.
func looksLikeCredential(match string) bool {
	_, value, _ := strings.Cut(match, " ")
	value = strings.TrimSpace(value)
	return len(value) >= 20 || strings.ContainsAny(value, "0123456789+/=_.~-")
}

// scrub returns a text without what looks like a secret.
func scrub(text string) string {
	if hasSSN(text) {
		text = ssn.ReplaceAllString(text, "[REDACTED_SSN]")
	}
	lower := strings.ToLower(text)
	for _, p := range patterns {
		if !slices.ContainsFunc(p.hints, func(hint string) bool { return strings.Contains(lower, hint) }) {
			continue
		}
		if p.only == nil {
			text = p.find.ReplaceAllString(text, p.replacement)
			continue
		}
		text = p.find.ReplaceAllStringFunc(text, func(match string) string {
			if !p.only(match) {
				return match
			}
			return p.find.ReplaceAllString(match, p.replacement)
		})
	}
	return text
}

var ssn = regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b`)

// hasSSN tells cheaply the texts in which ssn may find something from ids and times, which are full of digits and dashes.
func hasSSN(text string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i := 3; i+3 < len(text); i++ {
		if text[i] == '-' && text[i+3] == '-' && digit(i-1) && digit(i-3) && digit(i+1) && digit(i+2) && digit(i+4) {
			return true
		}
	}
	return false
}
