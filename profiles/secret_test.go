package profiles

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// holder has a Secret in every way that a program may.
type holder struct {
	Exported   Secret
	unexported Secret
	Pointer    *Secret
	Slice      []Secret
	Map        map[string]Secret
	Any        any
	nested     struct{ deep Secret }
	Profile    Profile
	profile    *Profile
}

// TestSecretShowsNowhere prints it in all ways there are.
func TestSecretShowsNowhere(t *testing.T) {
	s := NewSecret(secretKey)
	h := holder{Exported: s, unexported: s, Pointer: &s, Slice: []Secret{s}, Map: map[string]Secret{"k": s}, Any: s, Profile: Profile{APIKey: s}, profile: &Profile{APIKey: s}}
	h.nested.deep = s
	var out strings.Builder
	for _, v := range []any{s, &s, h, &h, h.unexported, h.nested, h.profile, []any{s}, struct{ s Secret }{s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
			fmt.Fprintf(&out, verb, v)
		}
		fmt.Fprintln(&out, v)
		asJSON, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(asJSON)
	}
	asTOML, err := toml.Marshal(map[string]any{"key": s})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(asTOML)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("m", "secret", s, "profile", h.Profile, "holder", h)
	}
	fmt.Fprint(&out, fmt.Errorf("wrapped: %v", s))
	if err := gob.NewEncoder(&bytes.Buffer{}).Encode(s); err == nil {
		t.Error("gob took it")
	}
	text := out.String()
	for _, form := range []string{secretKey, fmt.Sprintf("%x", secretKey), fmt.Sprintf("%X", secretKey), fmt.Sprintf("%d", []byte(secretKey))} {
		if strings.Contains(text, form) {
			t.Errorf("the key is in %s", text)
		}
	}
	if !strings.Contains(text, "[redacted]") {
		t.Error("it should say that there is something")
	}
}

func TestSecret(t *testing.T) {
	var zero Secret
	if !zero.IsZero() || zero.String() != "" || zero.Reveal() != "" || !NewSecret("").IsZero() {
		t.Error("the zero Secret")
	}
	s := NewSecret("a")
	if s.Reveal() != "a" || !s.Equal(NewSecret("a")) || s.Equal(NewSecret("b")) || s.Equal(zero) || !zero.Equal(Secret{}) {
		t.Error("comparing")
	}
	var config struct{ Key Secret }
	if err := json.Unmarshal([]byte(`{"Key":"`+secretKey+`"}`), &config); err != nil || config.Key.Reveal() != secretKey {
		t.Errorf("%v", err)
	}
}
