package kneotest

import (
	"context"
	"fmt"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Function is a step of a workflow: it gets the input of the step and returns its output. An error fails the step; a [*StepError] says
// which Python exception it stands for. The context ends when the server is closed.
type Function func(ctx context.Context, input string) (string, error)

// StepError fails a step like a Python exception. A synchronous run answers 400 for ValueError and similar exceptions, 404 for KeyError,
// and 500 for all others.
type StepError struct {
	Type    string // of the exception, such as RuntimeError
	Message string
}

// Error returns the message.
func (e *StepError) Error() string { return e.Message }

// keyError is the error of something that there is not, which the platform answers with 404.
func keyError(name string) error { return &StepError{"KeyError", "'" + name + "'"} }

func valueError(format string, args ...any) error {
	return &StepError{"ValueError", fmt.Sprintf(format, args...)}
}

// builtin has the functions that every server knows.
var builtin = map[string]Function{
	"string.capwords":    func(_ context.Context, in string) (string, error) { return capwords(in), nil },
	"textwrap.dedent":    func(_ context.Context, in string) (string, error) { return dedent(in), nil },
	"html.escape":        func(_ context.Context, in string) (string, error) { return escapeHTML.Replace(in), nil },
	"json.loads":         loads,
	"json.dumps":         dumps,
	"ast.parse":          parse,
	"timeit.timeit":      timeit,
	"kneo_fixture.echo":  func(_ context.Context, in string) (string, error) { return in, nil },
	"kneo_fixture.upper": func(_ context.Context, in string) (string, error) { return strings.ToUpper(in), nil },
	"kneo_fixture.boom":  func(_ context.Context, in string) (string, error) { return "", valueError("boom: %s", in) },
	"kneo_fixture.crash": func(_ context.Context, in string) (string, error) {
		return "", &StepError{"RuntimeError", "crash: " + in}
	},
	"kneo_fixture.sleep_input": sleepInput,
	"posixpath.getsize":        getsize,
	"zoneinfo.ZoneInfo":        zone,
}

func capwords(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		r := []rune(strings.ToLower(word))
		words[i] = strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	return strings.Join(words, " ")
}

// dumps makes JSON of a text. The arguments of a tool are JSON already.
func dumps(ctx context.Context, in string) (string, error) {
	if ctx.Value(toolKey{}) != nil {
		return in, nil
	}
	return pythonJSON(in, true), nil
}

var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;")

var (
	blankLine = regexp.MustCompile(`(?m)^[ \t]+$`)
	indented  = regexp.MustCompile(`(?m)^([ \t]*)[^ \t\n]`)
)

// dedent takes from all lines the blanks with which all of them begin. Lines that are blank do not count, and become empty.
func dedent(text string) string {
	text = blankLine.ReplaceAllString(text, "")
	var margin string
	for i, match := range indented.FindAllStringSubmatch(text, -1) {
		if i == 0 {
			margin = match[1]
		}
		margin = commonPrefix(margin, match[1])
	}
	return regexp.MustCompile(`(?m)^`+margin).ReplaceAllString(text, "")
}

func commonPrefix(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// parse fails, of all that is no Python, only on what has an operator or a bracket without its other side.
func parse(_ context.Context, in string) (string, error) {
	code := strings.TrimSpace(in)
	if strings.ContainsAny(code[max(0, len(code)-1):], "+-*/=.,(") || strings.Count(code, "(") != strings.Count(code, ")") {
		return "", &StepError{"SyntaxError", "invalid syntax (<unknown>, line 1)"}
	}
	return "<ast.Module object>", nil
}

var sleepCall = regexp.MustCompile(`sleep\(([0-9.]+)\)`)

// timeit does of Python's timeit what specs use it for: to sleep.
func timeit(ctx context.Context, in string) (string, error) {
	match := sleepCall.FindStringSubmatch(in)
	if match == nil {
		match = []string{"", "0"}
	}
	begin := time.Now()
	_, err := sleepInput(ctx, match[1])
	return strconv.FormatFloat(max(time.Since(begin).Seconds(), 1e-7), 'f', -1, 64), err
}

// getsize fails until there is a file of the name that it is given.
func getsize(_ context.Context, in string) (string, error) {
	info, err := os.Stat(in)
	if err != nil {
		return "", &StepError{"FileNotFoundError", fmt.Sprintf("[Errno 2] No such file or directory: '%s'", in)}
	}
	return strconv.FormatInt(info.Size(), 10), nil
}

// zone fails with a KeyError, which the platform takes for something that there is not.
func zone(_ context.Context, in string) (string, error) {
	if len(path.Clean(in)) != len(in) {
		return "", valueError("ZoneInfo keys must be normalized relative paths, got: %s", in)
	}
	if _, err := time.LoadLocation(in); err != nil {
		return "", &StepError{"ZoneInfoNotFoundError", fmt.Sprintf("'No time zone found with key %s'", in)}
	}
	return in, nil
}

func sleepInput(ctx context.Context, in string) (string, error) {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(in), 64)
	if err != nil {
		return "", valueError("could not convert string to float: '%s'", in)
	}
	if err := Sleep(ctx, time.Duration(seconds*float64(time.Second))); err != nil {
		return "", err
	}
	return in, nil
}
