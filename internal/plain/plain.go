// Package plain makes texts of the other side fit for an error, a log or a terminal.
package plain

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Line returns text as one line without control characters, which are escaped, cut at a limit in bytes.
func Line(text string, limit int) string {
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
		case r == ' ' || strconv.IsGraphic(r) && !isSeparator(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// isSeparator reports whether r could make a text look like another one on a terminal: line and paragraph separators.
func isSeparator(r rune) bool { return r == '\u2028' || r == '\u2029' }
