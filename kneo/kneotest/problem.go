package kneotest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// problem is an error as the platform answers it: with an object as its detail, an array of fields, or a text.
type problem struct {
	status  int
	code    string
	message string
	more    map[string]any // beside code and message
	fields  []field        // in the place of the object
	text    string         // in the place of both
	header  http.Header

	diagnostics []gen.Diagnostic // of a spec, which are in more as well
}

// field is an entry of the detail of a validation error.
type field struct {
	Type    string         `json:"type"`
	Loc     []any          `json:"loc"`
	Message string         `json:"msg"`
	Input   any            `json:"input"`
	Context map[string]any `json:"ctx,omitempty"`
}

var (
	errNotFound = &problem{status: http.StatusNotFound, code: "not_found", message: "The requested resource was not found."}
	errNoRoute  = &problem{status: http.StatusNotFound, text: "Not Found"}
)

func internal() *problem {
	return &problem{status: http.StatusInternalServerError, code: "internal_error", message: "An internal error occurred."}
}

func badRequest(message string) *problem {
	return &problem{status: http.StatusBadRequest, code: "invalid_request", message: message}
}

func invalidFields(fields ...field) *problem {
	return &problem{status: http.StatusUnprocessableEntity, fields: fields}
}

func (p *problem) body() []byte {
	detail := map[string]any{"error": p.code, "message": p.message}
	maps.Copy(detail, p.more)
	answer := map[string]any{"detail": detail}
	switch {
	case p.fields != nil:
		answer["detail"] = p.fields
	case p.text != "":
		answer["detail"] = p.text
	}
	return encode(answer)
}

func (p *problem) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.header)
	writeBody(w, p.status, p.body())
}

// encode writes JSON as the platform does: without escaping what HTML would need.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("kneotest: an answer cannot be encoded: " + err.Error())
	}
	return b
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
