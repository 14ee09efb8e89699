package wire

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type leaf struct {
	ID    string            `json:"id"`
	Count int               `json:"count"`
	Flag  *bool             `json:"flag"`
	When  time.Time         `json:"when"`
	Names []string          `json:"names"`
	Raw   json.RawMessage   `json:"raw"`
	Next  *leaf             `json:"next"`
	Map   map[string]leaf   `json:"map"`
	Texts map[string]string `json:"texts"`
}

func TestDecode(t *testing.T) {
	yes := true
	when := time.Date(2026, 11, 23, 21, 15, 3, 918354000, time.UTC)
	tests := []struct {
		name, body string
		want       leaf
	}{
		{"plain", `{"id":"a","count":3,"flag":true}`, leaf{ID: "a", Count: 3, Flag: &yes}},
		{"unknown fields", `{"id":"a","new":{"x":[1]}}`, leaf{ID: "a"}},
		{"nulls", `{"id":"a","count":null,"flag":null,"when":null,"names":null,"next":null}`, leaf{ID: "a"}},
		{"ISO time", `{"when":"2026-11-23T21:15:03.918354+00:00"}`, leaf{When: when}},
		{"epoch time", `{"when":1795468503.918354}`, leaf{When: when}},
		{"integral float", `{"count":4.0}`, leaf{Count: 4}},
		{
			"redacted everywhere", `{"id":"[REDACTED]","count":"[REDACTED]","flag":"[REDACTED]","when":"[REDACTED]","names":"[REDACTED]",` +
				`"raw":"[REDACTED]","next":"[REDACTED]","map":"[REDACTED]","texts":{"a":"[REDACTED]"}}`,
			leaf{ID: Redacted, Raw: json.RawMessage(`"` + Redacted + `"`), Texts: map[string]string{"a": Redacted}},
		},
		{
			"redacted below", `{"next":{"id":"b","count":"[REDACTED]"},"map":{"k":{"count":"[REDACTED]","id":"c"},"l":"[REDACTED]"}}`,
			leaf{Next: &leaf{ID: "b"}, Map: map[string]leaf{"k": {ID: "c"}, "l": {}}},
		},
		{"escaped name", `{"\u0063ount":"[REDACTED]","id":"a\"b\\"}`, leaf{ID: `a"b\`}},
		{"white space", " \n{ \"count\" : \"[REDACTED]\" , \"id\" : \"a\" } \r\n", leaf{ID: "a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got leaf
			if err := Decode([]byte(test.body), &got); err != nil {
				t.Fatal(err)
			}
			got.When = got.When.UTC()
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"nothing", "", "empty"},
		{"only space", " \n", "empty"},
		{"null", "null", "an object is due, the body is null"},
		{"an array", "[]", "the body is an array"},
		{"a string", `"x"`, "the body is a string"},
		{"a number", `1`, "the body is a number"},
		{"true", `true`, "the body is a boolean"},
		{"HTML", "<html>", "not JSON"},
		{"a byte order mark", "\ufeff{}", "not JSON"},
		{"cut off", `{"id":"a"`, "unexpected end"},
		{"a second value", `{"id":"a"} {}`, "after top-level value"},
		{"not UTF-8", "{\"id\":\"\xff\"}", "UTF-8"},
		{"the wrong type", `{"id":5}`, "cannot unmarshal number"},
		{"the wrong type beside a redacted value", `{"count":"[REDACTED]","id":5}`, "cannot unmarshal number"},
		{"a fraction where an integer is due", `{"count":4.5}`, "cannot unmarshal number"},
		{"too large an integer", `{"count":123456789012345678901234567890}`, "cannot unmarshal number"},
		{"too deep", strings.Repeat(`{"next":`, 100_000), "exceeded max depth"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got leaf
			err := Decode([]byte(test.body), &got)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestDecodeIntoMapAndSlice(t *testing.T) {
	var m map[string]json.RawMessage
	if err := Decode([]byte(`{"n":123456789012345678901234567890}`), &m); err != nil || string(m["n"]) != "123456789012345678901234567890" {
		t.Errorf("got %s, %v", m["n"], err)
	}
	if err := Decode([]byte(`null`), &m); err == nil {
		t.Error("null was taken for a map")
	}
	var s []int
	if err := Decode([]byte(`{}`), &s); err == nil {
		t.Error("an object was taken for a slice")
	}
	var raw json.RawMessage
	if err := Decode([]byte(`null`), &raw); err != nil || string(raw) != "null" {
		t.Errorf("raw null: %s, %v", raw, err)
	}
}

func TestUnknownAndAppend(t *testing.T) {
	body := `{"id":"a", "x" : {"y":["}",1]},"n":12345678901234567890,"q\u0022":"\\"}`
	extra := Unknown([]byte(body), func(name string) bool { return name == "id" })
	want := map[string]json.RawMessage{"x": json.RawMessage(`{"y":["}",1]}`), "n": json.RawMessage("12345678901234567890"), `q"`: json.RawMessage(`"\\"`)}
	if !reflect.DeepEqual(extra, want) {
		t.Fatalf("got %s", extra)
	}
	out, err := Append([]byte(`{"id":"a"}`), extra)
	if err != nil || string(out) != `{"id":"a","n":12345678901234567890,"q\"":"\\","x":{"y":["}",1]}}` {
		t.Errorf("got %s, %v", out, err)
	}
	if out, _ := Append([]byte(`{}`), map[string]json.RawMessage{"a": nil}); string(out) != `{"a":null}` {
		t.Errorf("got %s", out)
	}
	if Unknown([]byte(`{"id":1}`), func(string) bool { return true }) != nil {
		t.Error("a map was made for nothing")
	}
}

func TestMentions(t *testing.T) {
	for body, want := range map[string]bool{`{}`: false, `{"x":1,"y":{"id":2}}`: false, `{"x":[{}],"id":null}`: true, `{ "map" : {} }`: true, `{"texts":1}`: true} {
		if Mentions([]byte(body), new(leaf)) != want {
			t.Errorf("%s: %v", body, !want)
		}
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 11, 24, 12, 34, 9, 58050900, time.UTC)
	for _, text := range []string{`1795523649.0580509`, `"2026-11-24T12:34:09.0580509Z"`, `"2026-11-24T13:34:09.0580509+01:00"`, `"2026-11-24T12:34:09.0580509"`} {
		got, err := ParseTime([]byte(text))
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`null`, `"[REDACTED]"`, `""`} {
		if got, err := ParseTime([]byte(text)); err != nil || !got.IsZero() {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`"soon"`, `1e400`, `1e20`, `{}`, `true`, `99999999999999999999`} {
		if got, err := ParseTime([]byte(text)); err == nil {
			t.Errorf("%s was taken for %v", text, got)
		}
	}
	epoch, err := json.Marshal(Epoch{time.Unix(1795472049, 58051000)})
	if err != nil || string(epoch) != "1795472049.058051" {
		t.Errorf("epoch %s, %v", epoch, err)
	}
	iso, err := json.Marshal(Time{want})
	if err != nil || string(iso) != `"2026-11-24T12:34:09.0580509Z"` {
		t.Errorf("iso %s, %v", iso, err)
	}
}

// TestSeeds reads the seeds of FuzzDecode that say by their names, as those of JSONTestSuite do, whether they are to be taken (y_),
// to be refused (n_) or may be either (i_).
func TestSeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/fuzz/FuzzDecode/[yni]_*")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d seeds, %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, quoted, _ := strings.Cut(string(content), "[]byte(")
		text, err := strconv.Unquote(strings.TrimSuffix(quoted, ")\n"))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name := filepath.Base(file)
		err = Decode([]byte(text), new(leaf))
		if name[0] == 'y' && err != nil || name[0] == 'n' && err == nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(err.Error()) > 200 && !strings.Contains(name, "digits") {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
}

// FuzzDecode holds Decode against encoding/json: what both take has the same result, what only encoding/json takes is no object or
// not UTF-8, what only Decode takes it has relaxed, and nothing makes the walkers run off the end.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"id":"a","count":"[REDACTED]","next":{"map":{"x":{"names":"[REDACTED]"}}}}`, `{"when":1.5e9}`, `{"a":"\\\"","b":[[],{}]}`,
		`{"count":1e3,"id":null}`, "\ufeff{}", `[{"id":1}]`, `{"id":"a"}x`, `{"id":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var ours, theirs leaf
		err := Decode(body, &ours)
		theirErr := json.Unmarshal(body, &theirs)
		relaxes := false
		if json.Valid(body) {
			Unknown(body, func(string) bool { return false })
			Mentions(body, &ours)
			var relaxed []byte
			if relaxed, relaxes = relax(body, reflect.TypeFor[leaf]()); !json.Valid(relaxed) {
				t.Fatalf("relax made %q of %q", relaxed, body)
			}
		}
		switch {
		case err == nil && theirErr == nil && !reflect.DeepEqual(ours, theirs):
			t.Fatalf("got %+v, encoding/json %+v", ours, theirs)
		case err == nil && theirErr != nil && !relaxes:
			t.Fatalf("%q was taken, but %v", body, theirErr)
		case err != nil && theirErr == nil && utf8.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")):
			t.Fatalf("%q was refused: %v", body, err)
		}
	})
}
