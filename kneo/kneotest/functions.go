package kneotest

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
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

// builtin has the functions that every server knows.
var builtin = map[string]Function{
	"string.capwords":    func(_ context.Context, in string) (string, error) { return capwords(in), nil },
	"textwrap.dedent":    func(_ context.Context, in string) (string, error) { return in, nil },
	"html.escape":        func(_ context.Context, in string) (string, error) { return html.EscapeString(in), nil },
	"json.loads":         loads,
	"json.dumps":         func(_ context.Context, in string) (string, error) { return in, nil },
	"ast.parse":          parse,
	"timeit.timeit":      timeit,
	"kneo_fixture.echo":  func(_ context.Context, in string) (string, error) { return in, nil },
	"kneo_fixture.upper": func(_ context.Context, in string) (string, error) { return strings.ToUpper(in), nil },
	"kneo_fixture.boom":  func(_ context.Context, in string) (string, error) { return "", &StepError{"ValueError", "boom: " + in} },
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

// loads tells what is no JSON as Python does: where the first value should be, or where it is followed by more.
func loads(_ context.Context, in string) (string, error) {
	decoder := json.NewDecoder(strings.NewReader(in))
	var v any
	if err := decoder.Decode(&v); err != nil {
		return "", &StepError{"JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"}
	}
	rest := in[decoder.InputOffset():]
	if extra := strings.TrimLeft(rest, " \t\r\n"); extra != "" {
		at := len(in) - len(extra)
		line, column := strings.Count(in[:at], "\n")+1, at-strings.LastIndex(in[:at], "\n")
		return "", &StepError{"JSONDecodeError", fmt.Sprintf("Extra data: line %d column %d (char %d)", line, column, at)}
	}
	return fmt.Sprint(v), nil
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
		return "", &StepError{"ValueError", "ZoneInfo keys must be normalized relative paths, got: " + in}
	}
	if _, err := time.LoadLocation(in); err != nil {
		return "", &StepError{"ZoneInfoNotFoundError", fmt.Sprintf("'No time zone found with key %s'", in)}
	}
	return in, nil
}

func sleepInput(ctx context.Context, in string) (string, error) {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(in), 64)
	if err != nil {
		return "", &StepError{"ValueError", fmt.Sprintf("could not convert string to float: '%s'", in)}
	}
	if err := Sleep(ctx, time.Duration(seconds*float64(time.Second))); err != nil {
		return "", err
	}
	return in, nil
}
