package kneotest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// bodies says which operations have a body, and what each of its fields takes.
var bodies = map[string]shape{
	"CreateRun": runShape, "RunSpec": runShape, "ResumeHumanTask": resumeShape, "PutEnvironmentPolicy": policyShape, "PreviewEnvironmentPolicy": policyShape,
	"ValidateSpec": specShape, "CompileSpec": compileShape, "ExplainSpec": specShape, "GraphSpec": specShape, "ReportSpecPolicy": specShape,
}

// shape has the kinds of the fields of a body, and the names of those that it must have.
type shape struct {
	kinds    map[string]string
	required []string
}

var (
	runShape = shape{map[string]string{
		"input": "string", "spec_path": "string?", "spec": "dict?", "target": "target", "environment": "string?", "overlays": "list",
		"overrides": "dict", "skills": "skills?", "async_mode": "bool", "session_id": "string?", "metadata": "dict",
	}, []string{"input"}}
	resumeShape = shape{map[string]string{
		"request_id": "string", "decision": "decision", "content": "string?", "selected_option": "string?", "metadata": "dict",
	}, []string{"request_id", "decision"}}
	policyShape = shape{map[string]string{
		"enabled": "bool", "fail_on_warnings": "bool", "blocked_diagnostic_codes": "list", "require_human_review": "bool",
		"require_tool_permissions": "bool", "deny_unrestricted_tools": "bool", "require_guardrails": "bool",
	}, nil}
	specShape = shape{map[string]string{
		"spec_path": "string?", "spec": "dict?", "environment": "string?", "overlays": "list", "overrides": "dict",
	}, nil}
	compileShape = shape{map[string]string{
		"spec_path": "string?", "spec": "dict?", "environment": "string?", "overlays": "list", "overrides": "dict", "strict": "bool",
	}, nil}
	skillsShape = map[string]string{"add": "list", "disable": "list"}
)

// readRequest reads a body and checks it against its shape.
func readRequest[T any](r *http.Request, s shape) (*T, *problem) {
	req, _, p := readGiven[T](r, s)
	return req, p
}

// readGiven is readRequest for those who have to know what was given; null is not.
func readGiven[T any](r *http.Request, s shape) (req *T, given map[string]any, p *problem) {
	body, _ := io.ReadAll(r.Body)
	given, p = readMembers(body, r.Header.Get("Content-Type"))
	if p != nil {
		return nil, nil, p
	}
	var wrong []field
	for _, name := range s.required {
		if _, ok := given[name]; !ok {
			wrong = append(wrong, field{Type: "missing", Loc: []any{"body", name}, Message: "Field required", Input: given})
		}
	}
	wrong = append(wrong, checkMembers(given, s.kinds, []any{"body"})...)
	if wrong = append(wrongEnvironment(r.PathValue("environment")), wrong...); wrong != nil {
		return nil, nil, invalidFields(wrong...)
	}
	req = new(T)
	decoder := json.NewDecoder(bytes.NewReader(encode(given)))
	decoder.UseNumber()
	if err := decoder.Decode(req); err != nil {
		return nil, nil, badRequest(err.Error())
	}
	return req, given, nil
}

// readMembers reads a body that must be an object.
func readMembers(body []byte, contentType string) (map[string]any, *problem) {
	if len(body) == 0 || string(bytes.TrimSpace(body)) == "null" {
		return nil, invalidFields(field{Type: "missing", Loc: []any{"body"}, Message: "Field required"})
	}
	notObject := field{Type: "model_attributes_type", Loc: []any{"body"}, Message: "Input should be a valid dictionary or object to extract fields from"}
	if !strings.Contains(contentType, "json") {
		notObject.Input = string(body)
		return nil, invalidFields(notObject)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, badRequest(err.Error())
	}
	members, ok := value.(map[string]any)
	if !ok {
		notObject.Input = value
		return nil, invalidFields(notObject)
	}
	return members, nil
}

// checkMembers checks the kind and the size of every member of what is at a place, and makes booleans of what passes for them.
func checkMembers(members map[string]any, kinds map[string]string, at []any) []field {
	var wrong []field
	for _, name := range sortedKeys(members) {
		wrong = append(wrong, checkMember(members, name, kinds, append(slices.Clip(at), name))...)
	}
	return wrong
}

func checkMember(members map[string]any, name string, kinds map[string]string, at []any) []field {
	kind, known := kinds[name]
	f := field{Loc: at, Input: members[name]}
	switch {
	case !known:
		f.Type, f.Message = "extra_forbidden", "Extra inputs are not permitted"
		return []field{f}
	case members[name] == nil && strings.HasSuffix(kind, "?"):
		delete(members, name)
		return nil
	case !fits(members, name, strings.TrimSuffix(kind, "?"), &f):
		return []field{f}
	case kind == "skills?":
		return checkMembers(members[name].(object), skillsShape, at)
	}
	if items, ok := members[name].([]any); ok {
		if wrong := checkTexts(items, at); wrong != nil {
			return wrong
		}
	}
	if message := overLimit(name, members[name]); message != "" {
		return []field{wrongValue(name, members[name], message)}
	}
	return nil
}

// checkTexts checks that the items of a list are texts.
func checkTexts(items []any, at []any) (wrong []field) {
	for i, item := range items {
		if _, ok := item.(string); !ok {
			wrong = append(wrong, field{Type: "string_type", Loc: append(slices.Clip(at), i), Message: "Input should be a valid string", Input: item})
		}
	}
	return wrong
}

// fits reports whether a member is of its kind; if not it says in f why.
func fits(members map[string]any, name, kind string, f *field) bool {
	var ok bool
	switch kind {
	case "string":
		_, ok = members[name].(string)
		f.Type, f.Message = "string_type", "Input should be a valid string"
	case "dict":
		_, ok = members[name].(map[string]any)
		f.Type, f.Message = "dict_type", "Input should be a valid dictionary"
	case "skills":
		_, ok = members[name].(map[string]any)
		f.Type, f.Message = "model_attributes_type", "Input should be a valid dictionary or object to extract fields from"
	case "list":
		_, ok = members[name].([]any)
		f.Type, f.Message = "list_type", "Input should be a valid list"
	case "target":
		ok = oneOf(members[name], f, "agent", "workflow")
	case "decision":
		ok = oneOf(members[name], f, "approved", "rejected", "edited", "selected", "provided")
	case "bool":
		var value bool
		switch v := members[name].(type) {
		case bool:
			value, ok = v, true
		case string:
			value, ok = parseBool(v)
		case json.Number:
			value, ok = parseBool(v.String())
		}
		f.Type, f.Message = "bool_parsing", "Input should be a valid boolean, unable to interpret input"
		if ok {
			members[name] = value
		}
	}
	return ok
}

// oneOf reports whether a value is one of some texts; if not it says so in f.
func oneOf(value any, f *field, texts ...string) bool {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		if value == text {
			return true
		}
		quoted[i] = "'" + text + "'"
	}
	expected := strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
	f.Type, f.Message, f.Context = "literal_error", "Input should be "+expected, map[string]any{"expected": expected}
	return false
}
