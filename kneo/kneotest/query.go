package kneotest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

func checkQueryNames(op *gen.Operation, query url.Values) *problem {
	if op.Probe {
		return nil
	}
	var unknown []string
	for name := range query {
		if !slices.Contains(op.Query, name) {
			unknown = append(unknown, name)
		}
	}
	if unknown == nil {
		return nil
	}
	slices.Sort(unknown)
	return &problem{
		status: http.StatusUnprocessableEntity, code: "unknown_query_parameters",
		message: fmt.Sprintf("Unrecognized query parameter(s): %s.", strings.Join(unknown, ", ")), more: map[string]any{"unknown": unknown},
	}
}

// bounds are the limits of the numbers in queries; without an upper one it is 0.
var bounds = map[string][2]int{"limit": {1, 1000}, "offset": {0, 10_000}, "from_sequence": {1, 0}, "to_sequence": {1, 0}}

func checkQueryValues(op *gen.Operation, query url.Values) *problem {
	var wrong []field
	for _, name := range op.Query {
		if values := query[name]; len(values) > 0 {
			if f := checkQueryValue(name, values[len(values)-1]); f != nil {
				f.Loc, f.Input = []any{"query", name}, values[len(values)-1]
				wrong = append(wrong, *f)
			}
		}
	}
	if wrong != nil {
		return invalidFields(wrong...)
	}
	for _, name := range []string{"created_after", "created_before"} {
		if values := query[name]; len(values) > 0 {
			text := values[len(values)-1]
			if _, err := wire.ParseTime(encode(text)); err != nil || text == "" {
				return &problem{
					status: http.StatusUnprocessableEntity, code: "invalid_timestamp",
					message: fmt.Sprintf("Query parameter '%s' must be an ISO-8601 timestamp; got '%s'.", name, text), more: map[string]any{"param": name},
				}
			}
		}
	}
	return nil
}

// plainQuery is a query that has been checked, in the form in which the generated code reads it: of what is repeated without being a list
// the last counts, booleans are true or false, times have a zone.
func plainQuery(query url.Values) string {
	for name, values := range query {
		last := values[len(values)-1]
		switch name {
		case "providers", "extras":
			continue
		case "has_error", "include_service_tokens":
			value, _ := parseBool(last)
			last = strconv.FormatBool(value)
		case "created_after", "created_before":
			at, _ := wire.ParseTime(encode(last))
			last = at.Format(time.RFC3339Nano)
		}
		query[name] = []string{last}
	}
	return query.Encode()
}

func checkQueryValue(name, value string) *field {
	if b, ok := bounds[name]; ok {
		n, err := strconv.Atoi(value)
		switch {
		case err != nil:
			return &field{Type: "int_parsing", Message: "Input should be a valid integer, unable to parse string as an integer"}
		case n < b[0]:
			return &field{Type: "greater_than_equal", Message: fmt.Sprintf("Input should be greater than or equal to %d", b[0]), Context: map[string]any{"ge": b[0]}}
		case b[1] > 0 && n > b[1]:
			return &field{Type: "less_than_equal", Message: fmt.Sprintf("Input should be less than or equal to %d", b[1]), Context: map[string]any{"le": b[1]}}
		}
	}
	switch name {
	case "sort_order":
		if value != "asc" && value != "desc" {
			return &field{Type: "literal_error", Message: "Input should be 'asc' or 'desc'", Context: map[string]any{"expected": "'asc' or 'desc'"}}
		}
	case "has_error", "include_service_tokens":
		if _, ok := parseBool(value); !ok {
			return &field{Type: "bool_parsing", Message: "Input should be a valid boolean, unable to interpret input"}
		}
	}
	return nil
}

// parseBool takes what the real server takes for a boolean.
func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "1", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

// page is what lists are cut by.
type page struct {
	limit, offset int
	sortBy, order string
}

func pageOf(query url.Values, sortBy, order string) page {
	p := page{limit: 100, sortBy: sortBy, order: order}
	if n, err := strconv.Atoi(query.Get("limit")); err == nil {
		p.limit = n
	}
	if n, err := strconv.Atoi(query.Get("offset")); err == nil {
		p.offset = n
	}
	if v := query.Get("sort_by"); v != "" {
		p.sortBy = v
	}
	if v := query.Get("sort_order"); v != "" {
		p.order = v
	}
	return p
}

// cut sorts rows and returns those of the page. Less is by the field to sort by; it is nil for a field that there is not,
// by which the real server does not sort either.
func cut[T any](p page, rows []T, less func(a, b T) int) []T {
	if less != nil {
		slices.SortStableFunc(rows, func(a, b T) int {
			if p.order == "desc" {
				return less(b, a)
			}
			return less(a, b)
		})
	}
	from := min(p.offset, len(rows))
	return rows[from:min(from+p.limit, len(rows))]
}

// window is how many rows of a list can be reached.
const window = 10_000

// envelope is what all lists have beside their rows.
func (p page) envelope(count, total int) map[string]any {
	return map[string]any{
		"count": count, "total": total, "window": window, "limit": p.limit, "offset": p.offset, "sort_by": p.sortBy, "sort_order": p.order,
	}
}

func compareTimes(a, b time.Time) int { return a.Compare(b) }
