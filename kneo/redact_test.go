package kneo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/wire"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

func newSecrets(keys ...string) *secrets {
	s := new(secrets)
	for _, key := range keys {
		s.add(profiles.NewSecret(key))
	}
	return s
}

func TestSecretsAreKeptOnce(t *testing.T) {
	s := newSecrets("abc", "abcd", "abcd", "", "efghi", "abcd")
	if len(s.keys) != 2 || s.keys[0].Reveal() != "abcd" || s.keys[1].Reveal() != "efghi" {
		t.Errorf("%d keys", len(s.keys))
	}
}

func TestSecretsInBodies(t *testing.T) {
	tests := []struct{ name, key, body, want string }{
		{"nothing", "key_1", ``, ``},
		{"no key", "key_1", `{"a":"key_2"}`, `{"a":"key_2"}`},
		{"a key", "key_1", `{"a":"key_1"}`, `{"a":"[redacted]"}`},
		{"several", "key_1", `key_1key_1 key_1`, `[redacted][redacted] [redacted]`},
		{"no JSON", "key_1", `key_1\`, `[redacted]\`},
		{"an escape behind it", "key_1", `"key_1\n"`, `"[redacted]\n"`},
		{"escapes without a key stay", "key_1", `"a\/b\u0041\u00e9\n"`, `"a\/b\u0041\u00e9\n"`},
		{"a slash", "a/b_1", `"a\/b_1"`, `"[redacted]"`},
		{"a plus of .NET", "a+b_1", `"a\u002Bb_1"`, `"[redacted]"`},
		{"all of it", "key_1", `"\u006b\u0065\u0079\u005f\u0031"`, `"[redacted]"`},
		{"lowest and highest", "!ab~", `"\u0021ab\u007e"`, `"[redacted]"`},
		{"a quote", `a"b_1`, `"a\"b_1"`, `"[redacted]"`},
		{"a quote by its number", `a"b_1`, `"a\u0022b_1"`, `"[redacted]"`},
		{"a backslash", `a\b_1`, `"a\\b_1"`, `"[redacted]"`},
		{"a backslash by its number", `a\b_1`, `"a\u005cb_1"`, `"[redacted]"`},
		{"what Go escapes", `a<b>&1`, `"a\u003cb\u003e\u00261"`, `"[redacted]"`},
		{"what Go would escape", `a<b>&1`, `"a<b>&1\n"`, `"[redacted]\n"`},
		{"an escaped backslash before a u", "key_1", `"\\u006bey_1 ey_1"`, `"\\u006bey_1 ey_1"`},
		{"other escapes stay beside it", "key_1", `"\u00e9\u0020\u000a\n\"key\u005f1\\"`, `"\u00e9\u0020\u000a\n\"[redacted]\\"`},
		{"an escape that is cut", "key_1", `key\u005f1 \u00`, `[redacted] \u00`},
		{"an escape that is cut by one", "key_1", `key\u005f1 \u006`, `[redacted] \u006`},
		{"an escape at the very end", "key_1", `key\u005f1 ey_\u0031`, `[redacted] ey_1`},
		{"an escape that is none", "key_1", `key\u005f1 \u00zz`, `[redacted] \u00zz`},
		{"another escape", "keyA1", `"key\n00411 key\u00411"`, `"key\n00411 [redacted]"`},
		{"plain and escaped", "key_1", `"key_1 key\u005f1"`, `"[redacted] [redacted]"`},
		{"in a query", "a/b+c=_1", `"?key=a%2Fb%2Bc%3D_1"`, `"?key=[redacted]"`},
		{"in a query, in lower case", "a/B+c=_1", `"?key=a%2fB%2bc%3d_1"`, `"?key=[redacted]"`},
		{"in a path", "a/b+c=_1", `"/key/a%2Fb+c=_1/%"`, `"/key/[redacted]/%"`},
		{"at the beginning of a query", "/ab_1", "%2Fab_1", "[redacted]"},
		{"a percent sign without one", "key_1", `"100 % of key_2"`, `"100 % of key_2"`},
	}
	for _, test := range tests {
		if got := string(newSecrets("other_key", test.key).bytes(slices.Clip([]byte(test.body)))); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	body := []byte(`{"a":1}`)
	if got := newSecrets("key_1").bytes(body); &got[0] != &body[0] {
		t.Error("a body without a key was copied")
	}
}

// TestSecretsThatAreCut: an error's body may end in the middle of a key, where it was cut or broke off. A success is whole.
func TestSecretsThatAreCut(t *testing.T) {
	s := newSecrets("other_key", "key_1")
	for _, test := range []struct {
		status     int
		body, want string
	}{
		{500, "x key_", "x "},
		{404, "key_1 x key_", "[redacted] x "},
		{500, "x key", "x key"},
		{500, "x key_1", "x [redacted]"},
		{400, "x othe", "x "},
		{399, "x key_", "x key_"},
		{200, "x key_", "x key_"},
	} {
		resp := &http.Response{StatusCode: test.status, Body: wire.NewBody([]byte(test.body))}
		if got := string(s.body(resp)); got != test.want {
			t.Errorf("%d %s: %s, want %s", test.status, test.body, got, test.want)
		}
	}
	if !s.mu.TryLock() {
		t.Error("it is locked")
	}
}

func TestSecretsInTexts(t *testing.T) {
	s := newSecrets("key_1", "key_22")
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"key_1 and key_22", 100, "[redacted] and [redacted]"},
		{"a\nb", 100, `a\nb`},
		{`k\u0065y_1 key%5F1`, 100, "[redacted] key%5F1"},
		{strings.Repeat("x", 9) + "key_22", 10, "xxxxxxxxx[…"},
		{"Get \"https://h.test/v1/runs?limit=1\": EOF", 100, "Get \"https://h.test/v1/runs?[redacted]\": EOF"},
		{"proxy http://user:pass@h.test:3128 refused", 100, "proxy http://[redacted]@h.test:3128 refused"},
		{"socks5://pass@h/?a=b&c=d <http://u@v>", 100, "socks5://[redacted]@h/?[redacted] <http://[redacted]@v>"},
		{"http://u:a/b@h", 100, "http://[redacted]@h"},
		{"see https://h.test/docs#top, then ask a@b.test?", 100, "see https://h.test/docs#top, then ask a@b.test?"},
		{"a://b?c d?e", 100, "a://b?[redacted] d?e"},
	}
	for _, test := range tests {
		if got := s.text(test.text, test.limit); got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
	}
}

func TestSecretsInHeaders(t *testing.T) {
	s := newSecrets("key_1", "key_22")
	h := http.Header{"A": {"x", "key_1 key_1"}, "B": {"key_22 key_1"}, "C": {"c"}}
	got := s.header(h)
	if fmt.Sprint(got) != "map[A:[x [redacted] [redacted]] B:[[redacted] [redacted]] C:[c]]" {
		t.Error(got)
	}
	if h.Get("B") != "key_22 key_1" {
		t.Errorf("the header itself was changed: %v", h)
	}
	if got := s.header(http.Header{"A": {`\u006bey_22`, "%"}}); fmt.Sprint(got) != "map[A:[[redacted] %]]" {
		t.Error(got)
	}
	clean := http.Header{"C": {"c"}}
	if s.header(clean)["C"][0] = "d"; clean.Get("C") != "d" {
		t.Error("a header without a key was copied")
	}
	if s.header(nil) != nil {
		t.Error("a header out of nothing")
	}
	_, _ = s.bytes([]byte("x")), s.text("x", 1)
	if !s.mu.TryLock() {
		t.Error("it is locked")
	}
}

func TestSecretsInCauses(t *testing.T) {
	s := newSecrets("key_1")
	plain := fmt.Errorf("no: %w", context.Canceled)
	if err, text := s.cause(plain, 100); err != plain || text != "no: context canceled" {
		t.Errorf("%#v, %q", err, text)
	}
	telling := fmt.Errorf("with key_1: %w", errors.Join(context.Canceled, &fs.PathError{Op: "open", Path: "p", Err: fs.ErrExist}))
	err, text := s.cause(telling, 100)
	if text != `with [redacted]: context canceled\nopen p: file already exists` || err.Error() != text || errors.Unwrap(err) != nil {
		t.Errorf("%#v, %q", err, text)
	}
	var at *fs.PathError
	if !errors.Is(err, context.Canceled) || !errors.Is(err, fs.ErrExist) || errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &at) || at.Path != "p" {
		t.Errorf("what is in %v is not found", err)
	}
	if _, text := s.cause(telling, 4); text != "with…" {
		t.Errorf("%q", text)
	}
}
