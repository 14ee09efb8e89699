package kneo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// planted are the secrets that must not come out, by what each of them is. The key has characters that encoders like to escape.
var planted = map[string]string{
	"key":            testKey + `+/<"\=`,
	"old key":        "kneo_OLD_0123456789",
	"user info":      "USERINFO-PASSWORD-0815",
	"query":          "QUERY-TOKEN-1234",
	"custom header":  "HEADER-SECRET-5678",
	"proxy password": proxyPassword,
}

// TestKeyNowhere (key-nowhere): a process makes calls that fail in all ways, prints whatever it can get hold of in all ways, logs
// at DEBUG, and dies in a panic. None of the planted secrets is in what it wrote, in none of the usual encodings.
func TestKeyNowhere(t *testing.T) {
	output, exit := child(t, "secrets")
	if exit != 2 || !strings.Contains(output, "\npanic: no answer") || !strings.Contains(output, "trying again") || strings.Count(output, redacted) < 1000 {
		t.Fatalf("exit %d, %d bytes: %.2000s", exit, len(output), output)
	}
	lower := strings.ToLower(output)
	for what, secret := range planted {
		for form, text := range formsOf(secret) {
			if at := strings.Index(lower, strings.ToLower(text)); at >= 0 {
				t.Errorf("%s, %s: …%s…", what, form, output[max(0, at-300):min(len(output), at+100)])
			}
		}
	}
}

// formsOf returns a secret as encodings would show it.
func formsOf(secret string) map[string]string {
	quoted := quote(secret)
	return map[string]string{
		"plain": secret, "begins": secret[:len(secret)-6], "hex": hex.EncodeToString([]byte(secret)), "spaced hex": fmt.Sprintf("% x", secret), "base64": base64.StdEncoding.EncodeToString([]byte(secret)),
		"JSON": quoted[1 : len(quoted)-1], "Go": strings.Trim(fmt.Sprintf("%q", secret), `"`), "URL": url.QueryEscape(secret),
		"bytes": strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"), "Go bytes": strings.Trim(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(secret)), "[]byte"), "{}"),
	}
}

// nest has a value wherever a user's struct can have one. fmt may call no methods on what is in unexported fields.
type nest struct {
	Value any
	List  []any
	Map   map[string]any
	value any
	list  []any
	named map[string]any
	inner struct{ value any }
}

func nested(v any) nest {
	n := nest{Value: v, List: []any{v}, Map: map[string]any{"v": v}, value: v, list: []any{v}, named: map[string]any{"v": v}}
	n.inner.value = v
	return n
}

// tell prints a value in nine ways, by itself and as part of others.
func tell(v any) {
	logger := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug}))
	in := nested(v)
	for _, v := range []any{v, in, &in} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			_, _ = fmt.Fprintf(os.Stdout, verb+"\n", v)
		}
		text, err := json.Marshal(v)
		_, _ = fmt.Fprintf(os.Stdout, "%s %v\n", text, err)
		var out bytes.Buffer
		err = gob.NewEncoder(&out).Encode(v)
		_, _ = fmt.Fprintf(os.Stdout, "%s %v\n", out.Bytes(), err)
		slog.Debug("a value", "v", v)
		logger.Debug("a value", "v", v, slog.Group("group", "v", v))
	}
}

// tellAll tells an error and all that it wraps, and each of them as a value too.
func tellAll(err error) {
	tell(err)
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
		tell(v.Elem().Interface())
	}
	switch w := err.(type) {
	case interface{ Unwrap() error }:
		if inner := w.Unwrap(); inner != nil {
			tellAll(inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range w.Unwrap() {
			tellAll(inner)
		}
	}
}

// tellEverything is what the child of TestKeyNowhere does.
func tellEverything() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug})))
	key := planted["key"]
	for _, opts := range refusedOptions() {
		_, err := NewClient(opts...)
		if err == nil {
			panic("no error")
		}
		tellAll(err)
	}
	var last error
	for i, step := range leakySteps(key) {
		for _, call := range leakyCalls {
			c := leakyClient(step)
			info, err := call(c)
			if err == nil {
				panic(fmt.Sprintf("step %d: no error", i))
			}
			tellAll(err)
			if info != nil && info.StatusCode != http.StatusTemporaryRedirect { // what its Location says is for whoever reads it
				tell(*info)
			}
			last = err
		}
	}
	c := leakyClient(says(200, runBody))
	for _, v := range exportedValues(c) {
		tell(v)
	}
	_, _ = fmt.Fprintf(os.Stdout, "%+v %#v\n", reflect.ValueOf(c).Elem(), reflect.ValueOf(c).Elem())
	panic(fmt.Errorf("no answer: %w from %+v", last, c))
}

// refusedOptions are profiles with a secret in the wrong place.
func refusedOptions() [][]Option {
	var all [][]Option
	for _, address := range []string{
		"https://user:" + planted["user info"] + "@kneo.test", "https://" + planted["user info"] + "@kneo.test/base", "http://user:" + planted["user info"] + "@[::1",
		"https://kneo.test?token=" + planted["query"], "https://kneo.test/#" + planted["query"], "http://kneo.test/%zz" + planted["query"],
	} {
		all = append(all, []Option{WithURL(address), WithAPIKey(planted["key"])})
	}
	for _, key := range []string{planted["key"] + "\n", " " + planted["key"], planted["key"] + "é"} {
		all = append(all, []Option{WithURL("https://kneo.test"), WithAPIKey(key)})
	}
	return append(all,
		[]Option{WithURL("http://kneo.test"), WithAPIKey(planted["key"])},
		[]Option{WithURL("https://kneo.test"), WithAPIKey(planted["key"]), WithAuthScheme(profiles.AuthScheme(planted["key"]))},
		[]Option{WithURL("https://kneo.test"), WithAPIKey(planted["key"]), WithUserAgent(planted["key"] + "\n")},
	)
}

type step = func(*http.Request) (*http.Response, error)

// leakySteps are answers and failures with secrets in them.
func leakySteps(key string) []step {
	quoted := quote(key)
	quoted = quoted[1 : len(quoted)-1]
	// As .NET, PHP and those who escape everything write it.
	strange := strings.NewReplacer(`+`, `\u002B`, `/`, `\/`, `\"`, `\u0022`, `_`, `\u005f`).Replace(quoted)
	old := planted["old key"]
	steps := []step{
		says(200, `{"`+quoted+`":`),
		says(200, key, "Content-Type", "text/"+key),
		says(200, key),
		says(200, strings.Repeat(" ", 1000)+key+key),
		says(302, ``, "Location", "https://"+old+".test/"),
		says(307, ``, "Location", "https://user:"+planted["user info"]+"@h.test/?token="+planted["query"]),
		says(500, `<`+key),
		says(401, key+` `+old, "Content-Type", "text/plain", "X-Request-Id", key, "Www-Authenticate", key),
		says(503, `{"detail":"`+quoted+`"}`),
		says2(200, key, errors.New("cut off after "+key)),
		func(req *http.Request) (*http.Response, error) { // a transport that quotes what it was given
			return nil, fmt.Errorf("proxy https://user:%s@proxy.test refused %s with %s", planted["proxy password"], req.URL, req.Header.Get("Authorization"))
		},
		func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: "http://user:" + planted["proxy password"] + "@proxy.test/?" + req.URL.RawQuery, Err: errors.New("no")}
		},
		fails(refused),
	}
	for _, echo := range []string{quoted, strange, old} {
		steps = append(steps,
			says(401, detail("unauthorized", "bad key "+echo, `,"required_scope":"`+echo+`","unknown":["`+echo+`"],"x":{"y":"`+echo+`"}`), "X-Request-Id", key),
			says(400, detail("spec_invalid", "x", `,"diagnostics":[{"code":"`+echo+`","message":"`+echo+`","path":"`+echo+`"}]`)),
			says(422, `{"detail":[{"loc":["`+echo+`"],"msg":"`+echo+`","type":"`+echo+`","input":"`+echo+`"}]}`),
			says(409, detail(echo, echo, `,"run_id":"`+echo+`","status":"`+echo+`"`)),
			says(404, `{"error":"`+echo+`","message":"`+echo+`"}`),
		)
	}
	return steps
}

// leakyCalls make the calls in all the ways there are.
var leakyCalls = []func(*Client) (*Response, error){
	func(c *Client) (info *Response, err error) {
		_, err = c.Platform.Runs.Get(context.Background(), "r1", WithResponse(&info), WithHeader("X-Gate", planted["custom header"]))
		return info, err
	},
	func(c *Client) (info *Response, err error) {
		_, err = c.Platform.Runs.Create(context.Background(), RunCreateRequest{Input: "x", AsyncMode: true}, WithResponse(&info), WithHeader("X-Gate", planted["custom header"]))
		return info, err
	},
	func(c *Client) (*Response, error) {
		var out Run
		return c.Request(context.Background(), "GET", "/v1/runs/r1?token="+planted["query"], nil, &out, WithHeader("X-Gate", planted["custom header"]))
	},
	func(c *Client) (*Response, error) {
		resp, err := c.Raw().GetRunWithResponse(context.Background(), "r1")
		if err == nil { // a bad status is no error of the raw client
			err = c.newError(c.newCall(nil, nil), resp.HTTPResponse)
		}
		return nil, err
	},
	func(c *Client) (*Response, error) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_, err := c.Platform.Runs.WaitForCompletion(ctx, "r1")
		return nil, err
	},
}

func leakyClient(step step) *Client {
	c, err := NewClient(WithURL("https://kneo.test"), WithAPIKey(planted["old key"]), WithHTTPClient(&http.Client{Transport: script(step)}),
		WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}), WithLogger(slog.Default()), WithHooks(tellingHooks))
	if err != nil {
		panic(err)
	}
	if err := c.SetAPIKey(planted["key"]); err != nil {
		panic(err)
	}
	return c
}

// tellingHooks tell what hooks get to see.
var tellingHooks = Hooks{
	Call: func(ctx context.Context, call CallStart) (context.Context, func(CallEnd)) {
		tell(call)
		return ctx, func(end CallEnd) { tell(end) }
	},
	Attempt: func(ctx context.Context, attempt AttemptStart) (context.Context, func(AttemptEnd)) {
		tell(attempt)
		return ctx, func(end AttemptEnd) {
			if end.StatusCode < 300 || end.StatusCode > 399 { // what its Location says is for whoever reads it
				tell(end)
			}
		}
	},
	Wait: func(ctx context.Context, wait WaitStart) (context.Context, func(WaitEnd)) {
		tell(wait)
		return ctx, func(end WaitEnd) { tell(end) }
	},
}

// exportedValues has a value of every exported struct type of this package that leads to a client or holds something of a profile.
func exportedValues(c *Client) map[string]any {
	return map[string]any{
		"Client": c, "Platform": c.Platform, "Agent": c.Agent, "HealthService": *c.Platform.Health, "RunsService": *c.Platform.Runs, "HumanTasksService": *c.Platform.HumanTasks,
		"AuditService": *c.Platform.Audit, "CredentialsService": *c.Platform.Credentials, "PoliciesService": *c.Platform.Policies, "SpecsService": *c.Agent.Specs,
		"SkillsService": *c.Agent.Skills, "Raw": c.Raw(), "Profile": c.Profile(), "Option": WithAPIKey(planted["key"]), "CallOption": WithHeader("X-Gate", planted["custom header"]),
	}
}

// harmless are the exported struct types that hold nothing of a client: what goes out or comes in, and settings. The errors and what hooks
// get to see are told as they come.
var harmless = map[string]bool{
	"Hooks": true, "CallStart": true, "CallEnd": true, "AttemptStart": true, "AttemptEnd": true, "WaitStart": true, "WaitEnd": true,
	"Response": true, "RetryPolicy": true, "Span": true, "WaitState": true, "Error": true, "ErrorDetails": true, "FieldError": true, "NetworkError": true, "ProtocolError": true,
	"BodyTooLargeError": true, "RedirectError": true, "InsecureURLError": true, "UnsupportedError": true, "WaitTimeoutError": true, "WaitCanceledError": true, "OutputError": true, "HumanTaskResult": true, "Page": true, "WindowError": true, "ValidatedCompilation": true, "SpecDryRun": true, "WaitUpdate": true,
}

// TestKeyNowhereHasEveryType keeps exportedValues whole, when a type is added.
func TestKeyNowhereHasEveryType(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	told := exportedValues(leakyClient(says(200, runBody)))
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() && !spec.Assign.IsValid() {
				_, isStruct := spec.Type.(*ast.StructType)
				if name := spec.Name.Name; isStruct && told[name] == nil && !harmless[name] {
					t.Errorf("%s: say whether %s can lead to a secret: add it to exportedValues or to harmless", file, name)
				}
			}
			return true
		})
	}
}

// TestHTTPRefused (http-refused): the key goes over http:// only where nobody can read it on the way, unless somebody says so.
func TestHTTPRefused(t *testing.T) {
	tests := map[string]bool{
		"https://kneo.example.com":          true,
		"http://127.0.0.1:8000":             true,
		"http://127.9.9.9":                  true,
		"http://[::1]:8000":                 true,
		"http://localhost:8000":             true,
		"http://kneo.example.com":           false,
		"http://localhost.evil.test":        false,
		"http://LOCALHOST.":                 false,
		"http://127.1":                      false,
		"http://10.0.0.1":                   false,
		"http://0.0.0.0":                    false,
		"http://[::ffff:10.0.0.1]":          false,
		"http://[fe80::1%25eth0]":           false,
		"http://127.0.0.1.evil.test":        false,
		"http://2130706433":                 false,
		"http://0x7f000001":                 false,
		"http://xn--localhost-.example.com": false,
	}
	for address, want := range tests {
		p := script(says(200, runBody))
		opts := []Option{WithResolvedProfile(profiles.Profile{URL: address, APIKey: profiles.NewSecret(testKey)}), WithHTTPClient(&http.Client{Transport: p})}
		c, err := NewClient(opts...)
		var insecure *InsecureURLError
		if (err == nil) != want || err != nil && !errors.As(err, &insecure) {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			err = get(c)
		}
		if (err == nil) != want || want != (p.count() == 1) {
			t.Errorf("%s: %v after %d requests", address, err, p.count())
		}
		if err != nil && strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: the error shows the key", address)
		}
		if _, err := NewClient(append(opts, WithInsecureHTTP())...); err != nil {
			t.Errorf("%s with WithInsecureHTTP: %v", address, err)
		}
	}
}

// TestInject (inject): whatever would end a header line or not get through is refused wherever a header can be given, with an error
// that does not repeat it, and before anything is sent.
func TestInject(t *testing.T) {
	const word = "inject"
	bad := []string{
		word + "\r\nX-Evil: 1", word + "\n", "\n" + word, word + "\r", word + "\x00", word + "\x00x", word + "\tx", "\t" + word, word + "é", word + "\u2028x",
		word + "\u2029", word + "\x7f", word + "\x1b[31m", word + "\xff", word + "\u00a0x", word + "\u200b", word + "\x85", word + "\v", word + "\f", word + "世",
	}
	p := script(says(202, createdBody))
	c := p.client(t)
	with := func(opt CallOption) error {
		_, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{AsyncMode: true}, opt)
		return err
	}
	raw := func(name, value string) error {
		_, err := c.Raw().GetRunWithResponse(t.Context(), "r1", func(_ context.Context, req *http.Request) error {
			req.Header[name] = []string{value}
			return nil
		})
		return err
	}
	for _, value := range bad {
		_, asAgent := NewClient(WithURL("https://kneo.test"), WithAPIKey(testKey), WithUserAgent(value))
		errs := map[string]error{
			"key": c.SetAPIKey(value), "request id": with(WithRequestID(value)), "header": with(WithHeader("X-A", value)), "header name": with(WithHeader(value, "x")),
			"user agent": asAgent,
		}
		if strings.TrimSpace(value) != word { // white space around a key is cut off, as the platform does
			errs["idempotency key"], errs["raw request id"] = with(WithIdempotencyKey(value)), raw(headerRequestID, value)
		}
		for where, err := range errs {
			var mistake *ArgumentError
			if typed := errors.As(err, &mistake) || errors.Is(err, profiles.ErrInvalid); !typed || strings.Contains(err.Error(), word) {
				t.Errorf("%s %q: %v", where, value, err)
			}
		}
	}
	if p.count() != 0 || len(bad) != 20 {
		t.Errorf("%d values led to %d requests", len(bad), p.count())
	}
}
