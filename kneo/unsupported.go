package kneo

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// UnsupportedError means that a call was not sent, because this server does not have what it asks for. The server would refuse the call
// or, worse, ignore a part of it. errors.Is matches it to [ErrUnsupported].
type UnsupportedError struct {
	Method string
	Path   string // without the query
	What   string // what the server lacks, such as "the filter q"
	Needs  string // the oldest version that has it, such as "1.2.0"
	Found  string // the version of this server
}

// Error says which version is needed, and which version the server has.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("kneo: %s %s was not sent: %s needs kneo-serv %s, and this server is %s", e.Method, e.Path, e.What, e.Needs, e.Found)
}

// Is reports whether target is [ErrUnsupported].
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// Outcome returns OutcomeNotSent.
func (e *UnsupportedError) Outcome() Outcome { return OutcomeNotSent }

// need is something of a call that not every published server has.
type need struct {
	what    string
	since   string
	ignored bool // a server without it may do as if it had not been asked for
}

// needOf returns what of a call needs the newest server, if anything does. What it knows is the table of the contract,
// [gen.Operation.Floors]. Calls of operations that all servers have in full, which most are, cost nothing here.
func needOf(call *call, req *http.Request) (most need, err error) {
	op := call.op
	if op == nil || op.Since == firstServer && op.Floors == nil {
		return need{}, nil
	}
	if op.Since != firstServer {
		most = need{what: "the operation", since: op.Since}
	}
	var body []byte
	for i := range op.Floors {
		floor := &op.Floors[i]
		if floor.Kind == "field" && body == nil {
			if body, err = sentBody(req); err != nil {
				return need{}, err
			}
		}
		if asksFor(floor, call, req, body) && (most.since == "" || mustParse(most.since).before(mustParse(floor.Since))) {
			most = need{what: floorName(floor), since: floor.Since, ignored: most.ignored || floor.Ignored}
		}
	}
	return most, nil
}

// asksFor reports whether a call has a parameter or a field. The key that every POST gets by itself does not count.
func asksFor(floor *gen.Floor, call *call, req *http.Request, body []byte) bool {
	switch floor.Kind {
	case "query":
		return hasParameter(req.URL.RawQuery, floor.Name)
	case "header":
		return call.wantKey != nil || len(req.Header[http.CanonicalHeaderKey(floor.Name)]) > 0
	}
	if !bytes.Contains(body, []byte(floor.Name)) {
		return false
	}
	value := wire.Member(body, floor.Name)
	// To ignore a false is to heed it. A null is no less refused than a value.
	same := floor.Ignored && (string(value) == "false" || string(value) == "null")
	return value != nil && !same
}

// hasParameter reports whether a query, as it is sent, has a parameter.
func hasParameter(query, name string) bool {
	for rest := query; rest != ""; {
		var one string
		one, rest, _ = strings.Cut(rest, "&")
		if one, _, _ = strings.Cut(one, "="); one == name {
			return true
		}
	}
	return false
}

func floorName(floor *gen.Floor) string {
	switch {
	case floor.Kind == "header":
		return "the header " + floor.Name
	case floor.Kind == "field":
		return "the field " + floor.Name
	case slices.Contains([]string{"limit", "offset", "sort_by", "sort_order"}, floor.Name):
		return "the parameter " + floor.Name
	}
	return "the filter " + floor.Name
}

// sentBody returns the body of a request, which it leaves to be read again.
func sentBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return []byte{}, nil
	}
	if read, ok := req.Body.(*wire.Body); ok {
		return read.Bytes(), nil
	}
	defer req.Body.Close()
	size := req.ContentLength
	if size == 0 || size > defaultMaxBody {
		size = -1 // it has a body, so that this is not its length, or not one to rely on
	}
	data, err := readUpTo(req.Body, math.MaxInt64, size)
	if err != nil {
		return nil, argument("body", "the body of the request cannot be read: "+err.Error())
	}
	req.Body = wire.NewBody(data)
	return data, nil
}

// lacks reports whether an error says that the server does not know what the contract has: an operation, a parameter, a field.
func (e *Error) lacks(op *gen.Operation) bool {
	if op == nil {
		return false
	}
	has := func(kind, name string) bool {
		return slices.ContainsFunc(op.Floors, func(f gen.Floor) bool { return f.Kind == kind && f.Name == name })
	}
	switch {
	case e.StatusCode == http.StatusNotFound:
		return op.Since != firstServer && isPlainNotFound(e.Body)
	case e.Code == CodeUnknownQueryParameters:
		return slices.ContainsFunc(e.Details.Unknown, func(name string) bool { return has("query", name) })
	case e.StatusCode == http.StatusUnprocessableEntity:
		return slices.ContainsFunc(e.Details.Fields, func(f FieldError) bool {
			name, ok := strings.CutPrefix(f.Path, "body.")
			return ok && f.Type == "extra_forbidden" && has("field", name)
		})
	}
	return false
}

// version is the version of a server: three numbers.
type version [3]int

// parseVersion reads the version of a server. What comes after its numbers (rc1, .dev3, +local) does not count: a build on the
// way to a version is taken for it, since what it has may well work. It reports false for what tells nothing: no numbers, or
// numbers from before the first server, as builds have that were made without a version.
func parseVersion(text string) (version, bool) {
	var v version
	rest := strings.TrimPrefix(strings.TrimSpace(text), "v")
	for i := range v {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > 6 {
			return v, i > 1 && !v.before(oldest)
		}
		for _, c := range rest[:digits] {
			v[i] = v[i]*10 + int(c-'0')
		}
		rest = rest[digits:]
		after, more := strings.CutPrefix(rest, ".")
		if !more {
			return v, i > 0 && !v.before(oldest)
		}
		rest = after
	}
	return v, !v.before(oldest)
}

// oldest is firstServer.
var oldest = version{0, 2, 2}

// mustParse is for the versions of the contract, which a test looks at.
func mustParse(text string) version {
	v, _ := parseVersion(text)
	return v
}

func (v version) before(other version) bool { return slices.Compare(v[:], other[:]) < 0 }
