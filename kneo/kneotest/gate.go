package kneotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// maxBody is the size of the largest request.
const maxBody = 1 << 20

// gate checks requests before they come to their operation, in the order of the real server: size, route, syntax of the
// body, key, scope, names of the query, values of the query.
func (s *Server) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if id == "" {
			id = uuid.NewString()
		}
		w.Header().Set("X-Request-Id", id)
		body, p := readBody(r)
		if p != nil {
			p.write(w)
			return
		}
		r = withPlainPath(r)
		op := gen.FindOperation(r.Method, r.URL.EscapedPath())
		if op == nil {
			s.noRoute(w, r)
			return
		}
		if p := s.admit(op, r, body); p != nil {
			p.write(w)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !op.Probe {
			r.URL.RawQuery = plainQuery(r.URL.Query())
		}
		next.ServeHTTP(w, r)
	})
}

// withPlainPath is a request with a slash wherever its path has one, escaped or not: the router of the real server does not tell them apart.
// The request that it is given stays as it is.
func withPlainPath(r *http.Request) *http.Request {
	to := *r.URL
	to.RawPath = ""
	r = r.WithContext(r.Context()) // a copy
	r.URL = &to
	return r
}

func readBody(r *http.Request) ([]byte, *problem) {
	tooLarge := &problem{
		status: http.StatusRequestEntityTooLarge, code: "payload_too_large", message: "Request body is too large.",
		more: map[string]any{"max_body_bytes": maxBody},
	}
	if r.ContentLength > maxBody {
		return nil, tooLarge
	}
	body, err := allOf(r.Body)
	switch {
	case err != nil:
		return nil, &problem{status: http.StatusBadRequest, text: "There was an error parsing the body"}
	case len(body) > maxBody:
		return nil, tooLarge
	}
	return body, nil
}

// noRoute answers as the router of the real server does.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	var allowed []string
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPut} { // the first of which is told
		if gen.FindOperation(method, path) != nil {
			allowed = append(allowed, method)
		}
	}
	slash := strings.TrimSuffix(path, "/")
	switch {
	case allowed != nil:
		(&problem{status: http.StatusMethodNotAllowed, text: "Method Not Allowed", header: http.Header{"Allow": allowed[:1]}}).write(w)
	case slash != path && slices.ContainsFunc(gen.Operations, func(op gen.Operation) bool { return gen.FindOperation(op.Method, slash) != nil }):
		to := "http://" + r.Host + slash
		if r.URL.RawQuery != "" {
			to += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		errNoRoute.write(w)
	}
}

func (s *Server) admit(op *gen.Operation, r *http.Request, body []byte) *problem {
	if _, ok := bodies[op.ID]; ok {
		if p := checkSyntax(r, body); p != nil {
			return p
		}
	}
	if p := s.authorize(r, op); p != nil {
		return p
	}
	if p := checkQueryNames(op, r.URL.Query()); p != nil {
		return p
	}
	if op.Deduplicated && len(strings.TrimSpace(r.Header.Get("Idempotency-Key"))) > 256 {
		return &problem{status: http.StatusBadRequest, code: "invalid_idempotency_key", message: "Idempotency-Key must be 256 characters or fewer."}
	}
	return checkQueryValues(op, r.URL.Query())
}

// checkSyntax checks that a body is JSON, which the real server does before it asks for a key.
func checkSyntax(r *http.Request, body []byte) *problem {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(body) == 0:
		return nil // told by the validation, after the key
	case !utf8.Valid(body):
		return &problem{status: http.StatusBadRequest, text: "There was an error parsing the body"}
	case err != nil || media != "application/json" && !strings.HasSuffix(media, "+json"):
		return nil // likewise
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, new(any)); errors.As(err, &syntax) {
		return invalidFields(field{
			Type: "json_invalid", Loc: []any{"body", syntax.Offset}, Message: "JSON decode error", Input: struct{}{}, Context: map[string]any{"error": syntax.Error()},
		})
	}
	return nil
}
