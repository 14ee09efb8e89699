package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"index/suffixarray"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing/iotest"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// Traffic is what goes between clients and a platform. A test that has seen it can search what the clients tell of it, in a log or in
// errors, for what they have to keep to themselves.
type Traffic struct {
	mu       sync.Mutex
	requests int
	keys     map[string]bool
	said     map[string]map[string]bool // how a text begins, and the names of the members, headers and parameters that had it
}

const (
	// shortest is how long a text has to be to be told from the words that anybody uses.
	shortest = 8
	// longest is how much of a text is looked for: who shows a long one may cut it.
	longest = 32
	// shortestNumber is how long a number has to be to be no duration and no size.
	shortestNumber = 16
)

// Watch returns a transport through which requests go to next, and are seen on the way.
func (tr *Traffic) Watch(next http.RoundTripper) http.RoundTripper { return tap{tr, next} }

type tap struct {
	traffic *Traffic
	next    http.RoundTripper
}

// RoundTrip passes a request on. What goes by is read in one piece, so that it is seen whole and before anybody tells of it.
func (t tap) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	var sent []byte
	if req.Body != nil && req.Body != http.NoBody {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, errors.Join(err, req.Body.Close())
		}
		_ = req.Body.Close()
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	t.traffic.request(req, sent)
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	if err != nil {
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(answer), iotest.ErrReader(err)))
	}
	t.traffic.answer(resp, answer)
	return resp, nil
}

func (tr *Traffic) request(req *http.Request, body []byte) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.requests++
	for name, values := range req.Header {
		switch name {
		case "Authorization", "X-Kneo-Api-Key":
			tr.key(strings.TrimPrefix(values[0], "Bearer "))
		default:
			tr.texts(name, values)
		}
	}
	for name, values := range req.URL.Query() {
		tr.texts(name, values)
	}
	route := ""
	if op := gen.FindOperation(req.Method, req.URL.EscapedPath()); op != nil {
		route = op.Path
	}
	for segment := range strings.SplitSeq(req.URL.Path, "/") {
		if !strings.Contains(route, segment) {
			tr.text("path", segment)
		}
	}
	tr.body(body)
}

func (tr *Traffic) answer(resp *http.Response, body []byte) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for name, values := range resp.Header {
		tr.texts(name, values)
	}
	tr.body(body)
}

// body notes the texts and the long numbers of a JSON text, or how another one begins.
func (tr *Traffic) body(body []byte) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		tr.text("body", string(body))
		return
	}
	tr.value("body", value)
}

func (tr *Traffic) value(name string, value any) {
	switch value := value.(type) {
	case string:
		tr.text(name, value)
	case json.Number:
		if len(value) >= shortestNumber {
			tr.text(name, string(value))
		}
	case []any:
		for _, each := range value {
			tr.value(name, each)
		}
	case map[string]any:
		for name, each := range value {
			tr.value(name, each)
		}
	}
}

func (tr *Traffic) texts(name string, values []string) {
	for _, value := range values {
		tr.text(name, value)
	}
}

func (tr *Traffic) text(name, text string) {
	text = beginning(text)
	if len(text) < shortest {
		return
	}
	if tr.said == nil {
		tr.said = make(map[string]map[string]bool)
	}
	if tr.said[text] == nil {
		tr.said[text] = make(map[string]bool)
	}
	tr.said[text][name] = true
}

// beginning is how a text begins, up to the first character that one encoding or another writes in its own way.
func beginning(text string) string {
	plain := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) })
	if plain < 0 {
		plain = len(text)
	}
	return text[:min(plain, longest)]
}

func (tr *Traffic) key(key string) {
	if tr.keys == nil {
		tr.keys = make(map[string]bool)
	}
	tr.keys[key] = true
}

// Requests returns how many have gone by.
func (tr *Traffic) Requests() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.requests
}

// Texts returns how many texts have gone by that can be told from others.
func (tr *Traffic) Texts() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.said)
}

// Keys returns the API keys that have gone by.
func (tr *Traffic) Keys() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.Sorted(maps.Keys(tr.keys))
}

// Said reports whether a member, a header or a parameter of one of these names has had a text, as far as it is looked at.
func (tr *Traffic) Said(text string, names ...string) bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	had := tr.said[beginning(text)]
	return slices.ContainsFunc(names, func(name string) bool { return had[name] })
}

// In returns the texts that are in something that was told, each with what had it and with what is around it there.
func (tr *Traffic) In(told []byte) (found []string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	index := suffixarray.New(told)
	for text, names := range tr.said {
		for _, at := range index.Lookup([]byte(text), 1) {
			found = append(found, fmt.Sprintf("%q of %q: %s", text, slices.Sorted(maps.Keys(names)), around(told, at)))
		}
	}
	return found
}

// SecretsIn returns the keys of the target that are in something that was told, and what begins a bearer token, with what is around them there.
func (target *Target) SecretsIn(told string) (found []string) {
	for _, secret := range append(target.AllKeys(), "Bearer ") {
		if at := strings.Index(told, secret); at >= 0 {
			found = append(found, fmt.Sprintf("%q: %s", secret, around([]byte(told), at)))
		}
	}
	return found
}

// around shows where in a text something was found.
func around(told []byte, at int) string {
	return fmt.Sprintf("…%s…", told[max(0, at-300):min(len(told), at+100)])
}
