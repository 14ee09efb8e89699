package scenario

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// sameness makes answers alike that differ in what no two platforms have in common: ids, times, durations, and texts for people
// about what is wrong with a spec.
type sameness struct {
	spec   any // of the scenario, which answers repeat many times
	folder string
	ids    map[string]string
	told   map[string]string // what was told before, and where
}

func newSameness(s Scenario, folder string) *sameness {
	var spec any
	_ = json.Unmarshal(encode(s.Create["spec"]), &spec)
	return &sameness{spec: spec, folder: folder, ids: map[string]string{}, told: map[string]string{}}
}

var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	isoTimes = regexp.MustCompile(`^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$`)
	findings = regexp.MustCompile(`(?m)^(ERROR E|WARNING W)_[A-Z_]+`)
	epochs   = regexp.MustCompile(`=1\d{9}\.\d+`)
	numbers  = regexp.MustCompile(`^\d+\.\d+(e-\d+)?$`)
)

// of is what an answer comes to. What was told before, perhaps in another answer, is only pointed to: platforms repeat themselves a lot.
func (s *sameness) of(to string, body []byte) json.RawMessage {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return encode(string(body))
	}
	return encode(s.new(to, s.value("", value)))
}

// worthPointing is how long something must be to be pointed to.
const worthPointing = 120

func (s *sameness) new(path string, v any) any {
	text := string(encode(v))
	if len(text) < worthPointing {
		return v
	}
	if where, ok := s.told[text]; ok {
		return "<like " + where + ">"
	}
	s.told[text] = path
	switch v := v.(type) {
	case map[string]any:
		fresh := make(map[string]any, len(v))
		for _, name := range sortedKeys(v) {
			fresh[name] = s.new(path+"."+name, v[name])
		}
		return fresh
	case []any:
		fresh := make([]any, len(v))
		for i := range v {
			fresh[i] = s.new(fmt.Sprintf("%s[%d]", path, i), v[i])
		}
		return fresh
	}
	return v
}

func (s *sameness) value(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return s.object(name, v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = s.value(name, v[i])
		}
		return list
	case float64:
		if name == "duration_ms" || v > 1e9 {
			return "<" + name + ">"
		}
	case string:
		return s.text(name, v)
	}
	return v
}

func (s *sameness) object(name string, o map[string]any) any {
	if name == "spec" || name == "base" {
		if reflect.DeepEqual(any(o), s.spec) {
			return "<spec>"
		}
	}
	same := make(map[string]any, len(o))
	_, isDiagnostic := o["severity"]
	for _, key := range sortedKeys(o) {
		value := s.value(key, o[key])
		if isDiagnostic && (key == "message" || key == "suggestion" && value != nil) {
			value = "<text>"
		}
		if path, _ := o["path"].(string); key != "path" && strings.HasSuffix(path, "duration_ms") {
			value = "<duration_ms>"
		}
		same[key] = value
	}
	return same
}

func (s *sameness) text(name, text string) string {
	if s.folder != "" {
		text = strings.ReplaceAll(text, s.folder, Place)
	}
	text, _, _ = strings.Cut(text, "; register it with") // of which the emulator tells
	text = uuids.ReplaceAllStringFunc(text, func(id string) string {
		if s.ids[id] == "" {
			s.ids[id] = fmt.Sprintf("<id %d>", len(s.ids)+1)
		}
		return s.ids[id]
	})
	text = epochs.ReplaceAllString(text, "=<time>")
	switch {
	case isoTimes.MatchString(text):
		return "<time>"
	case strings.HasPrefix(text, "ERROR E_"), strings.HasPrefix(text, "WARNING W_"):
		return strings.Join(findings.FindAllString(text, -1), ", ")
	case numbers.MatchString(text) && strings.HasSuffix(name, "put_text"):
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return fmt.Sprintf("<about %.0f s>", f)
		}
	}
	return text
}
