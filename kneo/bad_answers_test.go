package kneo

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
)

// quick is a policy that repeats, but does not take its time.
var quick = RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}

// connect returns a client of a server at an address of this machine.
func connect(t testing.TB, address string, opts ...Option) *Client {
	t.Helper()
	c, err := NewClient(append([]Option{WithURL(address), WithAPIKey(testKey), WithRetryPolicy(quick)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// oneLine checks what holds for the text of every error: one line, not empty, not long, without control characters.
func oneLine(t testing.TB, err error) {
	t.Helper()
	text := err.Error()
	if len(text) < 20 || len(text) > 1200 || strings.IndexFunc(text, unicode.IsControl) >= 0 || strings.ContainsAny(text, "\u2028\u2029") {
		t.Errorf("%d bytes: %.1500q", len(text), text)
	}
}

// ofOurs returns the kind of an error, which has to be one of the three that an exchange can end with.
func ofOurs(t testing.TB, err error) string {
	t.Helper()
	var (
		answer   *Error
		protocol *ProtocolError
		network  *NetworkError
	)
	switch {
	case errors.As(err, &answer):
		return "Error"
	case errors.As(err, &protocol):
		return "ProtocolError"
	case errors.As(err, &network):
		return "NetworkError"
	}
	t.Errorf("an error outside the package's types: %T %v", err, err)
	return ""
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, -1)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func inUTF16(text string) string {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}

// deep is JSON that is nested a hundred thousand times.
var deep = strings.Repeat(`{"a":[`, 50_000) + strings.Repeat(`]}`, 50_000)

// body is a body of an answer, and what is to become of it.
type body struct {
	name, text string
	header     string // "Name: value", more of them with | between
	want       string // of the error; empty if it is to be taken
}

// bodies are the cases of body-40.
var bodies = []body{
	{"plain", runBody, "", ""},
	{"a parameter of the type", runBody, "Content-Type: application/json; charset=utf-8", ""},
	{"a kind of JSON", runBody, "Content-Type: application/vnd.kneo+json", ""},
	{"space around it", " \r\n\t" + runBody + "\n\n", "", ""},
	{"extra fields", `{"run_id":"r1","status":"running","brand_new":{"a":[1,{"b":null}]}}`, "", ""},
	{"unknown status", `{"run_id":"r1","status":"jubilant"}`, "", ""},
	{"duplicate names", `{"run_id":"r0","status":"running","run_id":"r1"}`, "", ""},
	{"a number of 5,000 digits where none is due", `{"run_id":"r1","status":"running","new":` + strings.Repeat("9", 5000) + `}`, "", ""},
	{"an integer above 2^53", `{"run_id":"r1","status":"running","metadata":{"new":9007199254740993}}`, "", ""},
	{"1e400 where no number is due", `{"run_id":"r1","status":"running","new":1e400}`, "", ""},
	{"a lone surrogate", `{"run_id":"r1","status":"running","output_text":"\ud800"}`, "", ""},
	{"zipped", zipped(runBody), "Content-Encoding: gzip", ""},
	{"zipped in two parts", zipped(runBody[:20]) + zipped(runBody[20:]), "Content-Encoding: gzip", ""},

	{"nothing", "", "", "empty"},
	{"only space", " \n", "", "empty"},
	{"cut off", runBody[:len(runBody)-2], "", "unexpected end"},
	{"one brace", "{", "", "unexpected end"},
	{"HTML", "<html>log in</html>", "Content-Type: text/html", "not JSON"},
	{"HTML that claims to be JSON", "<html>log in</html>", "", "not JSON"},
	{"trailing garbage", runBody + "x", "", "there is more after the value"},
	{"two values", runBody + runBody, "", "there is more after the value"},
	{"NUL behind it", runBody + "\x00", "", "there is more after the value"},
	{"a number of 5,000 digits for an integer", `{"run_id":"r1","status":"running","trace_event_count":` + strings.Repeat("9", 5000) + `}`, "", "trace_event_count: a whole number is due"},
	{"1e400 for an integer", `{"run_id":"r1","status":"running","trace_event_count":1e400}`, "", "trace_event_count: a whole number is due"},
	{"NaN", `{"run_id":"r1","status":"running","trace_event_count":NaN}`, "", "trace_event_count: a whole number is due, it is not JSON"},
	{"Infinity", `{"run_id":"r1","status":"running","x":-Infinity}`, "", "a number lacks a digit"},
	{"a comma too many", `{"run_id":"r1","status":"running",}`, "", "nothing after the comma"},
	{"single quotes", `{'run_id':'r1'}`, "", "a name is due"},
	{"a line break in a string", "{\"run_id\":\"r1\",\"status\":\"a\nb\"}", "", "status: a text has a control character"},
	{"invalid UTF-8", "{\"run_id\":\"r1\",\"status\":\"\xff\"}", "", "UTF-8"},
	{"Latin-1", "{\"run_id\":\"r1\",\"status\":\"\xe9t\xe9\"}", "Content-Type: application/json; charset=iso-8859-1", "UTF-8"},
	{"UTF-16", inUTF16(runBody), "", "UTF-8"},
	{"a byte order mark", "\ufeff" + runBody, "", "not JSON"},
	{"100,000 deep", deep, "", "nested more than 10000 deep"},
	{"100,000 deep in a field", `{"run_id":"r1","status":"running","new":` + deep + `}`, "", "nested more than 10000 deep"},
	{"an id of null", `{"run_id":null,"status":"running"}`, "", "no run_id"},
	{"no id", `{"status":"running"}`, "", "no run_id"},
	{"an empty id", `{"run_id":"","status":"running"}`, "", "no run_id"},
	{"a number for an id", `{"run_id":1,"status":"running"}`, "", "run_id: text is due, it is a number"},
	{"an object for an id", `{"run_id":{},"status":"running"}`, "", "run_id: text is due, it is an object"},
	{"a status of null", `{"run_id":"r1","status":null}`, "", "no status"},
	{"no status", `{"run_id":"r1"}`, "", "no status"},
	{"an array for a status", `{"run_id":"r1","status":["running"]}`, "", "status: text is due, it is an array"},
	{"another run", `{"run_id":"r2","status":"running"}`, "", "another run_id"},
	{"an array", "[" + runBody + "]", "", "the body is an array"},
	{"null", "null", "", "the body is null"},
	{"a string", `"run"`, "", "the body is a string"},
	{"a number", "1", "", "the body is a number"},
	{"true", "true", "", "the body is a boolean"},
	{"an empty object", "{}", "", "none of the fields"},
	{"an error with a good status", detail("not_found", "x"), "", "none of the fields"},
	{"text", runBody, "Content-Type: text/plain", "not JSON"},
	{"no type", runBody, "Content-Type:", "not JSON"},
	{"a type of no kind", runBody, "Content-Type: ;;;", "not JSON"},
	{"not zipped, though it says so", runBody, "Content-Encoding: gzip", "gzip: invalid header"},
	{"zipped and cut off", zipped(runBody)[:30], "Content-Encoding: gzip", "unexpected EOF"},
	{"zipped and damaged", strings.Replace(zipped(runBody), zipped(runBody)[20:22], "\xff\xff", 1), "Content-Encoding: gzip", ""},
	{"zipped with a wrong sum", zipped(runBody)[:len(zipped(runBody))-8] + "12345678", "Content-Encoding: gzip", "gzip: invalid checksum"},
	{"zipped, and garbage behind", zipped(runBody) + "garbage and more of it", "Content-Encoding: gzip", "gzip: invalid header"},
	{"zipped twice", zipped(zipped(runBody)), "Content-Encoding: gzip", "UTF-8"},
	{"an encoding that was not asked for", deflated(runBody), "Content-Encoding: deflate", "UTF-8"},
	{"an unknown encoding", "\x0b\x02\x80{}\x03", "Content-Encoding: br", "UTF-8"},
}

// answering is a server that answers as one of the cases says, with any status.
func answering(t testing.TB, b body, status int) *counted {
	t.Helper()
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for _, line := range strings.Split(b.header, "|") {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(value) == "" {
				w.Header()[name] = nil
			} else if ok {
				w.Header().Set(name, strings.TrimSpace(value))
			}
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, b.text)
	}), nil)
}

// TestBody40 (body-40): every body ends in an answer that is whole, or in an error of this package that says what is wrong. With a
// bad status it ends in an *Error, whatever it is.
func TestBody40(t *testing.T) {
	if len(bodies) < 40 {
		t.Errorf("only %d bodies", len(bodies))
	}
	for _, b := range bodies {
		t.Run(b.name, func(t *testing.T) {
			damaged := b.name == "zipped and damaged" // where it is noticed is for the algorithm to say
			c := connect(t, answering(t, b, http.StatusOK).URL)
			var info *Response
			run, err := c.Platform.Runs.Get(t.Context(), "r1", WithResponse(&info))
			switch {
			case b.want == "" && !damaged:
				if err != nil || run.RunID != "r1" || run.Status == "" || !json.Valid(info.Body) {
					t.Errorf("%+v, %v", run, err)
				}
			case err == nil:
				t.Errorf("it was taken for %+v", run)
			default:
				if kind := ofOurs(t, err); kind != "ProtocolError" || !strings.Contains(err.Error(), b.want) {
					t.Errorf("%s: %v", kind, err)
				}
				oneLine(t, err)
			}

			err = get(connect(t, answering(t, b, http.StatusBadRequest).URL))
			var e *Error
			if !errors.As(err, &e) || e.StatusCode != http.StatusBadRequest || e.Message == "" {
				t.Errorf("with status 400: %v", err)
			}
			if err != nil {
				oneLine(t, err)
			}
		})
	}
}

// TestBody40KeepsNumbers: what the contract does not know comes to its reader digit by digit.
func TestBody40KeepsNumbers(t *testing.T) {
	digits := strings.Repeat("9", 5000)
	text := `{"run_id":"r1","status":"running","metadata":{"big":` + digits + `,"odd":9007199254740993,"huge":1e400}}`
	run, err := connect(t, answering(t, body{text: text}, http.StatusOK).URL).Platform.Runs.Get(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"big": digits, "odd": "9007199254740993", "huge": "1e400"} {
		if got := string(run.Metadata.AdditionalProperties[name]); got != want {
			t.Errorf("%s: %.50s", name, got)
		}
	}
}

// TestDeep100k (deep-100k): nesting costs neither time nor memory, not in errors either.
func TestDeep100k(t *testing.T) {
	for name, text := range map[string]string{
		"arrays": strings.Repeat("[", 100_000), "objects": strings.Repeat(`{"a":`, 100_000), "closed": deep, "in detail": `{"detail":` + deep + `}`,
		"in a detail": detail("x", "y", `,"diagnostics":[`+deep+`]`), "in a field": `{"run_id":"r1","status":"running","metadata":` + deep + `}`,
		"in a location": `{"detail":[{"loc":[` + deep + `],"msg":"m","type":"t"}]}`,
	} {
		for _, status := range []int{200, 404} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				c := script(says(status, text)).client(t)
				_ = get(c) // the first call has things to prepare that are not its own
				before, start := allocated(), cpuTime()
				err := get(c)
				took, used := cpuTime()-start, allocated()-before
				if err == nil || used > 16<<20 || took > 50*time.Millisecond*raceFactor {
					t.Errorf("%v after %v and %d bytes", err, took, used)
				}
				ofOurs(t, err)
				oneLine(t, err)
			})
		}
	}
}

// wireReplies are the cases of wire-13: what a broken server, or something that is none, writes on the wire.
func wireReplies() map[string]func(io.Writer) {
	text := func(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	length := func(n any) string { return fmt.Sprintf("Content-Length: %v\r\n", n) }
	return map[string]func(io.Writer){
		"a bad status line": text("HTTP/1.1 abc OK\r\n\r\n" + runBody),
		"binary":            text("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00\xff", 1000) + "\r\n\r\n"),
		"HTTP/0.9":          text(runBody),
		"a header of 20 MB": func(w io.Writer) {
			line := "X-Junk: " + strings.Repeat("j", 1<<16) + "\r\n"
			_, err := io.WriteString(w, head)
			for i := 0; i < 320 && err == nil; i++ {
				_, err = io.WriteString(w, line)
			}
			_, _ = io.WriteString(w, "\r\n")
		},
		"a bad chunk":                 text(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + runBody + "\r\n0\r\n\r\n"),
		"a huge chunk":                text(head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + runBody),
		"a negative Content-Length":   text(head + length(-5) + "\r\n" + runBody),
		"two Content-Lengths":         text(head + length(5) + length(len(runBody)) + "\r\n" + runBody),
		"a carriage return in a name": text(head + "X-A\rX-B: c\r\n" + length(len(runBody)) + "\r\n" + runBody),
		"NUL in a header":             text(head + "X-A: b\x00c\r\n" + length(len(runBody)) + "\r\n" + runBody),
		"status 600":                  text("HTTP/1.1 600 Odd\r\nContent-Type: application/json\r\n" + length(len(runBody)) + "\r\n" + runBody),
		"status 999":                  text("HTTP/1.1 999 Odd\r\nContent-Type: application/json\r\n" + length(len(runBody)) + "\r\n" + runBody),
		"200,000 interim answers": func(w io.Writer) {
			interim := strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1000)
			var err error
			for i := 0; i < 200 && err == nil; i++ {
				_, err = io.WriteString(w, interim)
			}
			_, _ = io.WriteString(w, head+length(len(runBody))+"\r\n"+runBody)
		},
		"nothing":               text(""),
		"a body that is short":  text(head + length(len(runBody)+10) + "\r\n" + runBody),
		"a body that is longer": text(head + "Connection: close\r\n" + length(len(runBody)-2) + "\r\n" + runBody),
		"a switch of protocols": text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: kneo\r\nConnection: Upgrade\r\n\r\n" + runBody),
	}
}

// rawServer accepts connections, reads a request from each, and has it answered byte by byte.
func rawServer(t *testing.T, reply func(io.Writer)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer func() { _ = conn.Close() }()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				reply(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		done.Wait()
	})
	return "http://" + listener.Addr().String()
}

// TestWire13 (wire-13): replies that are broken below JSON end in an error of this package, after no more than the attempts that there
// are, and keep nobody busy.
func TestWire13(t *testing.T) {
	for name, reply := range wireReplies() {
		for method, call := range map[string]func(*Client) error{"GET": get, "POST": create} {
			t.Run(name+" "+method, func(t *testing.T) {
				c := connect(t, rawServer(t, reply), WithRetryPolicy(RetryPolicy{MaxAttempts: 8, BaseDelay: 1, MaxDelay: 1}))
				start := cpuTime()
				err := call(c)
				took := cpuTime() - start
				if err == nil {
					t.Fatal("it was taken")
				}
				ofOurs(t, err)
				oneLine(t, err)
				var (
					network  *NetworkError
					protocol *ProtocolError
					attempts int
					key      string
				)
				if errors.As(err, &network) {
					attempts, key = network.Attempts, network.IdempotencyKey
				} else if errors.As(err, &protocol) {
					attempts, key = protocol.Attempts, protocol.IdempotencyKey
				}
				if attempts < 1 || attempts > 8 || (key != "") != (method == "POST") || took > time.Second*raceFactor {
					t.Errorf("%d attempts, key %q, %v of a processor: %v", attempts, key, took, err)
				}
			})
		}
	}
}
