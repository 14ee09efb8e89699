package plain

import (
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	tests := []struct {
		name, text string
		limit      int
		want       string
	}{
		{"nothing", "", 10, ""},
		{"plain", "Grüße, 世界 and é", 100, "Grüße, 世界 and é"},
		{"lines", "a\r\nb\tc", 100, `a\r\nb\tc`},
		{"a terminal's commands", "\x1b[31mred\x07", 100, `\x1b[31mred\a`},
		{"NUL and DEL", "\x00\x7f", 100, `\x00\x7f`},
		{"separators", "a\u2028b\u2029c", 100, `a\u2028b\u2029c`},
		{"what turns the writing round", "a\u202eb", 100, `a\u202eb`},
		{"a space of no width", "a\u200bb", 100, `a\u200bb`},
		{"a space that is not one", "a\u00a0b", 100, "a\u00a0b"},
		{"not UTF-8", "a\xff\xfeb", 100, `a\xff\xfeb`},
		{"the replacement character itself", "a\ufffdb", 100, "a\ufffdb"},
		{"of the limit", "abcd", 4, "abcd"},
		{"over the limit", "abcde", 4, "abcd…"},
		{"a character over the limit", "abcé", 4, "abcé"},
		{"an escape over the limit", "abc\x00d", 4, `abc\x00…`},
		{"very long", strings.Repeat("x", 1<<20), 8, "xxxxxxxx…"},
	}
	for _, test := range tests {
		if got := Line(test.text, test.limit); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
