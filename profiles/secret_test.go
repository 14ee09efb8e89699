package profiles

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/pelletier/go-toml/v2"
)

// holder has a Secret wherever a value can have one. fmt may call no methods on what is in unexported fields.
type holder struct {
	Secret   Secret
	Pointer  *Secret
	List     []Secret
	Array    [1]Secret
	Map      map[string]Secret
	Any      any
	Profile  Profile
	Profiles []*Profile
	Inner    struct{ Secret Secret }

	secret   Secret
	pointer  *Secret
	list     []Secret
	byName   map[string]Secret
	whatever any
	profile  Profile
	inner    struct{ secret Secret }
}

func newHolder() holder {
	s := NewSecret(planted)
	p := Profile{Name: "mine", URL: "https://h", APIKey: s}
	h := holder{
		Secret: s, Pointer: &s, List: []Secret{s}, Array: [1]Secret{s}, Map: map[string]Secret{"key": s}, Any: s, Profile: p, Profiles: []*Profile{&p},
		secret: s, pointer: &s, list: []Secret{s}, byName: map[string]Secret{"key": s}, whatever: &s, profile: p,
	}
	h.Inner.Secret, h.inner.secret = s, s
	return h
}

// secrets are a Secret in all the ways that it can be part of something.
func secrets() map[string]any {
	s, h := NewSecret(planted), newHolder()
	return map[string]any{
		"itself": s, "pointer": &s, "slice": []Secret{s}, "pointers": []*Secret{&s}, "map": map[string]Secret{"key": s}, "any": []any{s, &s},
		"profile": h.Profile, "pointer to profile": &h.Profile, "struct": h, "pointer to struct": &h,
	}
}

// conceals checks that a text shows the key in none of the forms that an encoding could give it.
func conceals(t *testing.T, what, text string) {
	t.Helper()
	for form, key := range map[string]string{
		"plain": planted, "hex": hex.EncodeToString([]byte(planted)), "base64": base64.StdEncoding.EncodeToString([]byte(planted)),
		"bytes": strings.Trim(fmt.Sprintf("%d", []byte(planted)), "[]"), "Go bytes": strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(planted)), "[]byte{"), "}"),
	} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(key)) {
			t.Errorf("%s shows the key, %s: %s", what, form, text)
		}
	}
}

func TestSecretPrinted(t *testing.T) {
	for what, value := range secrets() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%#q", "%x", "%X", "% x", "%d", "%t", "%c", "%U", "%e", "%b", "%o", "%T", "%p", "%100v", "%-5s", "%.3s"} {
			conceals(t, what+" with "+verb, fmt.Sprintf(verb, value))
		}
		conceals(t, what+" printed", fmt.Sprint(value)+fmt.Sprintln(value))
		conceals(t, what+" in an error", fmt.Errorf("it was %v", value).Error())
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text := fmt.Sprintf(verb, NewSecret(planted)); text != "[redacted]" {
			t.Errorf("%s gives %s", verb, text)
		}
		if text := fmt.Sprintf(verb, Secret{}); text != "" {
			t.Errorf("%s of nothing gives %s", verb, text)
		}
	}
	says(t, fmt.Sprintf("%+v", newHolder().Profile), "APIKey:[redacted]", "https://h")
}

func TestSecretEncoded(t *testing.T) {
	for what, value := range secrets() {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		conceals(t, what+" as JSON", string(text))
		says(t, string(text), `"[redacted]"`)
	}
	for what, value := range map[string]any{"struct": newHolder(), "profile": newHolder().Profile, "map": map[string]any{"key": NewSecret(planted)}} {
		text, err := toml.Marshal(value)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		conceals(t, what+" as TOML", string(text))
		says(t, string(text), `[redacted]`)
	}
	text, err := xml.Marshal(newHolder().Profile)
	if err != nil {
		t.Fatal(err)
	}
	conceals(t, "profile as XML", string(text))
	says(t, string(text), "<APIKey>[redacted]</APIKey>")

	var out strings.Builder
	if err := template.Must(template.New("").Parse("{{.}} {{.APIKey}} {{printf `%s` .APIKey}}")).Execute(&out, newHolder().Profile); err != nil {
		t.Fatal(err)
	}
	conceals(t, "profile in a template", out.String())
}

func TestSecretLogged(t *testing.T) {
	var out bytes.Buffer
	for format, handler := range map[string]slog.Handler{"text": slog.NewTextHandler(&out, nil), "JSON": slog.NewJSONHandler(&out, nil)} {
		for what, value := range secrets() {
			out.Reset()
			logger := slog.New(handler).With("with", value).WithGroup("group")
			logger.Info("said", "value", value, slog.Group("inner", "value", value), "error", fmt.Errorf("it was %+v", value))
			conceals(t, what+" logged as "+format, out.String())
		}
		out.Reset()
		slog.New(handler).Info("said", "key", NewSecret(planted))
		says(t, out.String(), "[redacted]")
	}
}

// What gob writes is there to be read again, which a text in the place of the key would not do.
func TestSecretRefusesGob(t *testing.T) {
	for what, value := range map[string]any{
		"itself": NewSecret(planted), "struct": struct{ Key Secret }{NewSecret(planted)}, "map": map[string]Secret{"key": NewSecret(planted)}, "profile": newHolder().Profile,
	} {
		var out bytes.Buffer
		err := gob.NewEncoder(&out).Encode(value)
		if err == nil {
			t.Fatalf("%s is encoded", what)
		}
		says(t, err.Error(), "a Secret cannot be encoded by gob")
		hides(t, err)
		conceals(t, what+" as gob", out.String())
	}
}

// No program that looks into values can come across the key, whatever it does about unexported fields.
func TestSecretIsOutOfReachOfReflection(t *testing.T) {
	var visited int
	var look func(v reflect.Value)
	look = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				look(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				look(v.Field(i))
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				look(v.Index(i))
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				look(key)
				look(v.MapIndex(key))
			}
		case reflect.String:
			visited++
			conceals(t, "a string inside", v.String())
		}
	}
	h := newHolder()
	look(reflect.ValueOf(&h))
	if visited == 0 {
		t.Error("no string was looked at")
	}
}

func TestSecretReveal(t *testing.T) {
	for _, text := range []string{planted, "[redacted]", "é\n", "x"} {
		s := NewSecret(text)
		if s.Reveal() != text || s.IsZero() || s.String() != "[redacted]" {
			t.Errorf("%q: %q, %t, %s", text, s.Reveal(), s.IsZero(), s)
		}
	}
	for _, s := range []Secret{{}, NewSecret("")} {
		if s.Reveal() != "" || !s.IsZero() || s.String() != "" {
			t.Errorf("of nothing: %q, %t, %q", s.Reveal(), s.IsZero(), s.String())
		}
	}
}

func TestSecretEqual(t *testing.T) {
	tests := []struct {
		a, b Secret
		want bool
	}{
		{NewSecret(planted), NewSecret(planted), true},
		{NewSecret(planted), NewSecret(planted + "x"), false},
		{NewSecret("a"), NewSecret("b"), false},
		{NewSecret("a"), Secret{}, false},
		{NewSecret(""), Secret{}, true},
		{Secret{}, Secret{}, true},
	}
	for i, test := range tests {
		if test.a.Equal(test.b) != test.want || test.b.Equal(test.a) != test.want {
			t.Errorf("pair %d: want %t", i, test.want)
		}
	}
}

// A Secret can be read as part of a program's own configuration, but what is written of it is not what was read.
func TestSecretUnmarshal(t *testing.T) {
	type configuration struct{ Key, Other Secret }
	text := `Key = "` + planted + `"` + "\n" + `Other = ""`
	readers := map[string]func(*configuration) error{
		"JSON": func(c *configuration) error { return json.Unmarshal([]byte(`{"Key": "`+planted+`", "Other": ""}`), c) },
		"TOML": func(c *configuration) error { return toml.Unmarshal([]byte(text), c) },
		"text": func(c *configuration) error { return c.Key.UnmarshalText([]byte(planted)) },
	}
	for format, read := range readers {
		var c configuration
		if err := read(&c); err != nil || c.Key.Reveal() != planted || !c.Other.IsZero() {
			t.Errorf("%s: %q, %q, %v", format, c.Key.Reveal(), c.Other.Reveal(), err)
		}
	}
	var c configuration
	err := json.Unmarshal([]byte(`{"Key": ["`+planted+`"]}`), &c)
	if err == nil {
		t.Fatal("a list is read as a key")
	}
	hides(t, err)

	content := []byte(planted)
	var s Secret
	if err := s.UnmarshalText(content); err != nil {
		t.Fatal(err)
	}
	if clear(content); s.Reveal() != planted {
		t.Error("the Secret changes with the buffer that it was read from")
	}
}

// TestRedactedIsNoKey: what is written in the place of a key is not taken for one when it is read back.
func TestRedactedIsNoKey(t *testing.T) {
	text, err := NewSecret("the-key").MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	kept := NewSecret("other")
	if err := kept.UnmarshalText(text); err == nil || kept.Reveal() != "other" {
		t.Errorf("%v, and the key is %s", err, kept.Reveal())
	}
}
