package kneoview

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestLabel is how much of a name, label or id a graph shows, in columns of a terminal.
const longestLabel = 60

// clean makes one line of text that does what it looks like: white space becomes single spaces, and characters that control a terminal
// or the direction of text become visible signs.
func clean(text string) string {
	return strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))), " ")
}

// cleanLines does the same to text of several lines, and leaves its lines and its spaces as they are.
func cleanLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return visible(r)
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
}

func visible(r rune) rune {
	const pictures = '\u2400' // of the control characters, in their order
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r < ' ':
		return pictures + r
	case r == 0x7f:
		return '\u2421'
	case unicode.Is(unicode.Bidi_Control, r), unicode.IsControl(r), unicode.Is(unicode.Noncharacter_Code_Point, r):
		return unicode.ReplacementChar
	}
	return r
}

// label is text as a graph shows it.
func label(text string) string { return shorten(clean(text), longestLabel) }

// shorten cuts text that takes more columns than limit, or very many characters that take none, and puts an ellipsis there.
func shorten(text string, limit int) string {
	const mostBytes = 20 // a column, which is enough for a family of emoji
	if columns(text) <= limit && len(text) <= mostBytes*limit {
		return text
	}
	taken := 0
	for i, r := range text {
		if taken += width(r); taken > limit-1 || i > mostBytes*limit-utf8.UTFMax {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}

// wrap breaks text into lines of at most limit columns, between words where there are any.
func wrap(text string, limit int) []string {
	limit = max(limit, 1)
	var lines []string
	for {
		cut := lineEnd(text, limit)
		if cut == len(text) {
			break
		}
		lines = append(lines, text[:cut])
		text = strings.TrimLeft(text[cut:], " ")
	}
	if text != "" || lines == nil {
		lines = append(lines, text)
	}
	return lines
}

// lineEnd is where the first line of a text ends. It looks no further: a text may have very many.
func lineEnd(text string, limit int) int {
	taken, space := 0, 0
	for i, r := range text {
		if r == ' ' {
			space = i
		}
		if taken += width(r); taken <= limit {
			continue
		}
		switch {
		case space > 0:
			return space
		case i > 0:
			return i
		}
		_, size := utf8.DecodeRuneInString(text) // a character that is wider than the line
		return size
	}
	return len(text)
}

// columns is how much of a terminal's line text takes.
func columns(text string) (n int) {
	for _, r := range text {
		n += width(r)
	}
	return n
}

// wide has the scripts and signs that take two columns.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1},
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1},
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xa960, Hi: 0xa97f, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

func width(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
