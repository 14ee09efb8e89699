package kneo

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzErrorBody: whatever comes back with a bad status becomes an *Error with one bounded line, and never shows the key.
func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		detail("not_found", "m"), `{"detail":[{"loc":["body",1],"msg":"m","type":"t"}]}`, `{"detail":"text"}`, `<html>KEY`, ``, `{"detail":{"error":5,"expires_at":"x","limit":{}}}`,
		detail("forbidden", "m", `,"required_scope":"\u001b[31m\nKEY"`), strings.ReplaceAll(detail("x", "KEY"), "KEY", `\u004bEY`), `{"detail":"https://user:pass@h/?q=1 KEY"}`,
		`{"detail":[1,null,{}]}`, `{"error":{"a":1},"message":"KEY"}`, "\xff\xfe", strings.Repeat("[", 200), `{"detail":{"error":"x","diagnostics":[{"code":1}]}}`, "\x1b[31m\u202ekey",
		"404", `{"detail":" "}`, detail("not_found", `\t`), detail(" ", " "), `{"error":" ","message":" "}`,
	} {
		f.Add(404, "application/json", body)
	}
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 400 || status > 599 || strings.ContainsAny(contentType, "\r\n") {
			return
		}
		body = strings.ReplaceAll(body, "KEY", testKey)
		err := get(script(says(status, body, "Content-Type", contentType)).client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 1})))
		var e *Error
		if !errors.As(err, &e) || e.StatusCode != status {
			t.Fatalf("%v", err)
		}
		text := err.Error()
		if len(text) > 1200 || strings.Contains(fmt.Sprintf("%s %+v %s", text, *e, e.Body), testKey) || strings.IndexFunc(text, unicode.IsControl) >= 0 || strings.TrimSpace(e.Message) == "" {
			t.Errorf("%d bytes: %q", len(text), text)
		}
	})
}

// FuzzAnswer: whatever comes back with a good status is an answer about the run asked for, or a *ProtocolError.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		runBody, runningBody, `[]`, `null`, ``, `{"run_id":"r1","status":"x","usage":"[REDACTED]","metadata":{"trace":{"events":[{"timestamp":1.5}]}}}`,
		`{"run_id":"r1","status":"completed","pending_human_request":{"escalated_at":1795472049.5,"x":[{}]}}`, runBody + " ", "\ufeff" + runBody, `{"RUN_ID":"r1","status":"s"}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		run, err := script(says(200, body)).client(t).Platform.Runs.Get(t.Context(), "r1")
		var protocol *ProtocolError
		if err != nil {
			if !errors.As(err, &protocol) || len(err.Error()) > 1200 {
				t.Fatalf("%v", err)
			}
			return
		}
		if run.RunID != "r1" || run.Status == "" {
			t.Errorf("%+v", run)
		}
	})
}

// TestTraceSeeds reads the seeds of FuzzTrace that say by their names whether they are to be taken (y_), refused (n_) or may be either (i_).
func TestTraceSeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/fuzz/FuzzTrace/[yn]_*")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d seeds, %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, quoted, _ := strings.Cut(string(content), "string(")
		body, err := strconv.Unquote(strings.TrimSuffix(quoted, ")\n"))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		_, err = script(says(200, body)).client(t).Platform.Runs.Trace(t.Context(), "r1", TraceParams{})
		if name := filepath.Base(file); name[0] == 'y' && err != nil || name[0] == 'n' && err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzTrace: whatever comes for a trace, metadata of events included, is events that can be worked with and that survive being written
// and read again, or a *ProtocolError.
func FuzzTrace(f *testing.F) {
	for _, event := range []string{
		`{"event_id":"e1","type":"run_started","timestamp":1795472049.5,"agent_name":"a","metadata":{"usage":{"input_tokens":3}}},{"event_id":"e2","type":"run_completed","agent_name":"a"}`,
		`{"event_id":"e1","type":"workflow_started","workflow_name":"w","metadata":"[REDACTED]","sequence":"[REDACTED]"},{"event_id":"e2","type":"workflow_failed","workflow_name":"w","metadata":null}`,
		`{"event_id":"e1","type":"surprise","metadata":{"a":{"b":[1,"x",null,1e400]}},"new":123456789012345678901234567890}`, `{"event_id":"e1"}`, `{}`, `null`, ``,
	} {
		f.Add(`{"run_id":"r1","events":[` + event + `]}`)
	}
	f.Fuzz(func(t *testing.T, body string) {
		page, err := script(says(200, body)).client(t).Platform.Runs.Trace(t.Context(), "r1", TraceParams{})
		var protocol *ProtocolError
		if err != nil {
			if !errors.As(err, &protocol) || len(err.Error()) > 1200 {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, span := range Spans(page.Items) {
			if span.Start.EventID == "" || span.End != nil && span.End.EventID == "" {
				t.Errorf("a span of no event: %+v", span)
			}
			_ = span.Duration()
		}
		for _, event := range page.Items {
			text, err := json.Marshal(event)
			if err != nil {
				continue // a time beyond the year 9999, say
			}
			var again TraceEvent
			if err := json.Unmarshal(text, &again); err != nil {
				t.Errorf("%s cannot be read again: %v", text, err)
			}
		}
	})
}

// FuzzRetryAfter holds the parser against big integers and net/http's dates.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, value := range []string{"1", "0", "-5", "9223372037", "1e20", "2, 5", "soon", "Tue, 01 Jan 2099 00:00:00 GMT", "٣", "+1", "00012"} {
		f.Add(value, "")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		after, ok := parseRetryAfter(value, date, now)
		if !ok {
			return
		}
		if at, err := http.ParseTime(value); err == nil {
			base := now
			if sent, err := http.ParseTime(date); err == nil {
				base = sent
			}
			if after != at.Sub(base) {
				t.Errorf("%q gave %v", value, after)
			}
			return
		}
		want, isInteger := new(big.Int).SetString(value, 10)
		if !isInteger || strings.ContainsAny(value, "+-") || after < 0 {
			t.Fatalf("%q was taken for %v", value, after)
		}
		if want.IsInt64() && want.Int64() <= 999_999_999 && after != time.Duration(want.Int64())*time.Second {
			t.Errorf("%q gave %v", value, after)
		}
	})
}
