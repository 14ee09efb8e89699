package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// leaf is read by a Decoder, as the types of the contract are.
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
	Grid  [][]string        `json:"grid"`
	Size  float64           `json:"size"`

	Others map[string]json.RawMessage `json:"-"`
}

func (l *leaf) UnmarshalJSON(b []byte) error { return Unmarshal(b, l, decodeLeaf) }

func decodeLeaf(d *Decoder, v *leaf) {
	if !d.Object() {
		return
	}
	for d.Member() {
		switch string(d.Name()) {
		case "id":
			Text[string](d, &v.ID)
		case "count":
			Int(d, &v.Count)
		case "flag":
			Pointer(d, &v.Flag, Bool)
		case "when":
			Timestamp(d, &v.When)
		case "names":
			List(d, &v.Names, Text[string])
		case "raw":
			Raw(d, &v.Raw)
		case "next":
			Pointer(d, &v.Next, decodeLeaf)
		case "map":
			Map(d, &v.Map, decodeLeaf)
		case "texts":
			Map(d, &v.Texts, Text[string])
		case "grid":
			List(d, &v.Grid, func(d *Decoder, v *[]string) { List(d, v, Text[string]) })
		case "size":
			Float(d, &v.Size)
		default:
			d.Keep(&v.Others)
		}
	}
}

// plainLeaf is the same for encoding/json.
type plainLeaf struct {
	ID    string               `json:"id"`
	Count int                  `json:"count"`
	Flag  *bool                `json:"flag"`
	When  time.Time            `json:"when"`
	Names []string             `json:"names"`
	Raw   json.RawMessage      `json:"raw"`
	Next  *plainLeaf           `json:"next"`
	Map   map[string]plainLeaf `json:"map"`
	Texts map[string]string    `json:"texts"`
	Grid  [][]string           `json:"grid"`
	Size  float64              `json:"size"`
}

// leaf is the value as a Decoder would have it, but for what is kept in Others.
func (l *plainLeaf) leaf() *leaf {
	if l == nil {
		return nil
	}
	return &leaf{ID: l.ID, Count: l.Count, Flag: l.Flag, When: l.When.UTC(), Names: l.Names, Raw: l.Raw, Next: l.Next.leaf(), Map: leaves(l.Map), Texts: l.Texts, Grid: l.Grid, Size: l.Size}
}

func leaves(plain map[string]plainLeaf) map[string]leaf {
	if plain == nil {
		return nil
	}
	all := make(map[string]leaf)
	for name, below := range plain {
		all[name] = *below.leaf()
	}
	return all
}

// known returns the value without what is kept in Others.
func (l *leaf) known() *leaf {
	if l == nil {
		return nil
	}
	known := *l
	known.Others, known.Next = nil, l.Next.known()
	if l.Map != nil {
		known.Map = make(map[string]leaf)
		for name, below := range l.Map {
			known.Map[name] = *below.known()
		}
	}
	return &known
}

// same reports whether a value that a Decoder has read is the one that encoding/json has.
func same(a *leaf, b *plainLeaf) bool { return reflect.DeepEqual(a.known(), b.leaf()) }

func TestDecode(t *testing.T) {
	yes := true
	when := time.Date(2026, 11, 23, 21, 15, 3, 918354000, time.UTC)
	tests := []struct {
		name, body string
		want       leaf
	}{
		{"plain", `{"id":"a","count":3,"flag":true}`, leaf{ID: "a", Count: 3, Flag: &yes}},
		{"unknown fields", `{"id":"a","new":{"x":[1]}, "a\u0062" : 12345678901234567890 }`, leaf{ID: "a", Others: map[string]json.RawMessage{"new": json.RawMessage(`{"x":[1]}`), "ab": json.RawMessage("12345678901234567890")}}},
		{"lists", `{"names":["a","b"],"grid":[["a"],[],null,["b","c"]],"map":{},"size":-1.5e2}`, leaf{Names: []string{"a", "b"}, Grid: [][]string{{"a"}, {}, nil, {"b", "c"}}, Map: map[string]leaf{}, Size: -150}},
		{"escapes", `{"id":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800x\ud800\u0041"}`, leaf{ID: "\"\\/\b\f\n\r\té😀\ufffdx\ufffdA"}},
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
			if err := Answer([]byte(test.body), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			var plain plainLeaf
			if err := Decode([]byte(test.body), &plain); err != nil {
				t.Fatal(err)
			}
			if !same(&got, &plain) {
				t.Errorf("by encoding/json %+v", plain)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"nothing", "", "the body is empty"},
		{"only space", " \n", "the body is empty"},
		{"null", "null", "an object is due, the body is null"},
		{"an array", "[]", "an object is due, the body is an array"},
		{"a string", `"x"`, "an object is due, the body is a string"},
		{"a number", `1`, "an object is due, the body is a number"},
		{"true", `true`, "an object is due, the body is a boolean"},
		{"HTML", "<html>", "an object is due, the body is not JSON"},
		{"a byte order mark", "\ufeff{}", "an object is due, the body is not JSON"},
		{"not UTF-8", "{\"id\":\"\xff\"}", "the body is not valid UTF-8"},
		{"cut off", `{"id":"a"`, "unexpected end: a comma or the end is due (byte 9)"},
		{"cut off in a text", `{"id":"a`, "id: unexpected end of a text (byte 8)"},
		{"cut off behind a name", `{"id"`, "unexpected end: a colon is due (byte 5)"},
		{"cut off behind a colon", `{"id":`, "id: unexpected end: text is due (byte 6)"},
		{"a second value", `{"id":"a"} {}`, "there is more after the value (byte 11)"},
		{"no name", `{1:2}`, "a name is due, it is a number (byte 1)"},
		{"no colon", `{"id" "a"}`, "a colon is due, it is a string (byte 6)"},
		{"no comma", `{"names":["a" "b"]}`, "names: a comma or the end is due, it is a string (byte 14)"},
		{"a comma too many", `{"id":"a",}`, "there is nothing after the comma (byte 10)"},
		{"a comma too many in an array", `{"names":["a",]}`, "names: there is nothing after the comma (byte 14)"},
		{"only a comma", `{"names":[,]}`, "names[0]: text is due, it is not JSON (byte 10)"},
		{"the wrong bracket", `{"names":["a"}}`, "names: a comma or the end is due, it is not JSON (byte 13)"},
		{"a line break in a text", "{\"id\":\"a\nb\"}", "id: a text has a control character (byte 8)"},
		{"an escape that there is not", `{"id":"\x"}`, "id: a text has an escape that there is not (byte 8)"},
		{"half an escape", `{"id":"\u12"}`, "id: a text has an escape without four digits (byte 9)"},
		{"no number", `{"count":-}`, "count: a number lacks a digit (byte 10)"},
		{"a number that begins with zero", `{"count":01}`, "a comma or the end is due, it is a number (byte 10)"},
		{"no digits behind the point", `{"count":1.}`, "count: a number lacks a digit (byte 11)"},
		{"no value", `{"new":nil}`, "a value is due, it is null (byte 7)"},
		{"the wrong type", `{"id":5}`, "id: text is due, it is a number (byte 6)"},
		{"the wrong type below", `{"map":{"k":{"next":{"names":["a",{}]}}}}`, "map: text is due, it is an object (byte 34)"},
		{"the wrong type further below", `{"next":{"next":{"names":["a",{}]}}}`, "next.next.names[1]: text is due, it is an object (byte 30)"},
		{"no JSON in what is kept as it is", `{"raw":{"x":[y]}}`, "raw: a value is due, it is not JSON (byte 13)"},
		{"the wrong type beside a redacted value", `{"count":"[REDACTED]","id":5}`, "id: text is due, it is a number (byte 27)"},
		{"a text for a number", `{"count":"5"}`, "count: a whole number is due, it is a string (byte 9)"},
		{"a text for an object", `{"next":"x"}`, "next: an object is due, it is a string (byte 8)"},
		{"a text for an array", `{"names":"x"}`, "names: an array is due, it is a string (byte 9)"},
		{"a number for a boolean", `{"flag":1}`, "flag: true or false is due, it is a number (byte 8)"},
		{"a fraction where an integer is due", `{"count":4.5}`, "count: a whole number is due, it is a number that is not whole, or too large (byte 9)"},
		{"too large an integer", `{"count":123456789012345678901234567890}`, "count: a whole number is due, it is a number that is not whole, or too large (byte 9)"},
		{"too large a number", `{"size":1e400}`, "size: a number is due, it is one that is too large (byte 8)"},
		{"a text that is no time", `{"when":"soon"}`, "when: a time is due as ISO 8601 text or as seconds since 1970, the text is neither (byte 8)"},
		{"too deep", strings.Repeat(`{"next":`, 100_000), "next.next.next.next.next.next: it is nested more than 10000 deep (byte 80000)"},
		{"too deep where nobody looks", `{"new":` + strings.Repeat(`[`, 100_000), "it is nested more than 10000 deep (byte 10006)"},
		{"a name that may be anything", `{"` + strings.Repeat("n", 100) + `":x}`, "a value is due, it is not JSON (byte 104)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := Answer([]byte(test.body), new(leaf))
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if err := Decode([]byte(test.body), new(plainLeaf)); err == nil {
				t.Errorf("encoding/json takes it")
			}
		})
	}
}

// TestIntHoldsWhatItReads: on a machine of 32 bits a number that an int cannot hold is an error, however it is written, and never another number.
func TestIntHoldsWhatItReads(t *testing.T) {
	for _, text := range []string{"2147483648", "2147483648.0", "4294967297e0", "-2147483649.0", "9007199254740991.0"} {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		var got leaf
		err = Answer([]byte(`{"count":`+text+`}`), &got)
		fits := strconv.IntSize == 64
		if (err == nil) != fits || fits && float64(got.Count) != want || !fits && got.Count != 0 {
			t.Errorf("%s was read as %d, %v", text, got.Count, err)
		}
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
	if err := Decode(nil, &raw); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
	var user struct {
		Leaf  leaf `json:"leaf"`
		Count int  `json:"count"`
	}
	if err := Decode([]byte(`{"leaf":{"id":"a","count":"[REDACTED]"},"count":"[REDACTED]"}`), &user); err != nil || user.Leaf.ID != "a" {
		t.Errorf("a type of the contract within one of the user's: %+v, %v", user, err)
	}
}

// TestRedactedInAnyField: a type of the user's need not have tags for "[REDACTED]" to be taken where no text is due.
func TestRedactedInAnyField(t *testing.T) {
	type inner struct{ Deep int }
	var user struct {
		inner
		Plain     int
		Omitted   int `json:",omitempty"`
		Other     int `json:"other_case"`
		Pair      [2]int
		Dash      int `json:"-,"` //nolint:staticcheck // SA5008: it is meant as it is
		Never     int `json:"-"`
		hidden    int
		Interface any
	}
	body := `{"Deep":"[REDACTED]","Plain":"[REDACTED]","omitted":"[REDACTED]","Other_Case":"[REDACTED]","Pair":[3,"[REDACTED]"],"-":"[REDACTED]",` +
		`"Never":"[REDACTED]","hidden":"[REDACTED]","Interface":"[REDACTED]"}`
	if err := Decode([]byte(body), &user); err != nil || user.Pair[0] != 3 || user.Interface != Redacted {
		t.Errorf("%+v, %v", user, err)
	}
	if err := Decode([]byte(`{"Plain":"x"}`), &user); err == nil {
		t.Error("any text was taken for a number")
	}
}

func TestAppend(t *testing.T) {
	extra := map[string]json.RawMessage{"x": json.RawMessage(`{"y":["}",1]}`), "n": json.RawMessage("12345678901234567890"), `q"`: json.RawMessage(`"\\"`)}
	out, err := Append([]byte(`{"id":"a"}`), extra)
	if err != nil || string(out) != `{"id":"a","n":12345678901234567890,"q\"":"\\","x":{"y":["}",1]}}` {
		t.Errorf("got %s, %v", out, err)
	}
	if out, _ := Append([]byte(`{}`), map[string]json.RawMessage{"a": nil}); string(out) != `{"a":null}` {
		t.Errorf("got %s", out)
	}
}

// TestCopies: what has been read does not change with the bytes that it was read from, which are used again.
func TestCopies(t *testing.T) {
	body := []byte(`{"id":"` + strings.Repeat("i", 100) + `","names":["short"],"raw":[1],"new":{"x":1},"texts":{"k":"v"}}`)
	var got leaf
	if err := Answer(body, &got); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%+v", got)
	for i := range body {
		body[i] = '#'
	}
	if after := fmt.Sprintf("%+v", got); after != want {
		t.Errorf("it was %s and is %s", want, after)
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
		if strconv.IntSize == 32 && (name == "y_number_2^53_plus_1" || name == "y_number_min_int64") {
			name = "n" + name[1:] // they have a count that an int cannot hold there
		}
		err = Answer([]byte(text), new(leaf))
		if name[0] == 'y' && err != nil || name[0] == 'n' && err == nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(err.Error()) > 200 && !strings.Contains(name, "digits") {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
}

// FuzzDecode holds the decoder against encoding/json: what both take has the same result; what only encoding/json takes is no object or
// not UTF-8, or has the name of a field in another case; what only the decoder takes it has relaxed. And it holds Decode against the decoder.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"id":"a","count":"[REDACTED]","next":{"map":{"x":{"names":"[REDACTED]"}}}}`, `{"when":1.5e9}`, `{"a":"\\\"","b":[[],{}]}`,
		`{"count":1e3,"id":null}`, "\ufeff{}", `[{"id":1}]`, `{"id":"a"}x`, `{"id":"\ud800"}`, `{"grid":[["a"],null],"size":1e-7}`, `{"next":{},"next":null,"next":{"id":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var ours leaf
		var theirs, relaxed plainLeaf
		err, theirErr, relaxedErr := Answer(body, &ours), json.Unmarshal(body, &theirs), Decode(body, &relaxed)
		object := utf8.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
		if json.Valid(body) {
			Member(body, "id")
			if object {
				Mentions(body, &ours)
			}
			if text, _ := relax(body, reflect.TypeFor[plainLeaf]()); !json.Valid(text) {
				t.Fatalf("relax made %q of %q", text, body)
			}
		}
		switch {
		case otherCase(body) || leavesOld(body):
		case err == nil && theirErr == nil && !same(&ours, &theirs):
			t.Fatalf("got %+v, encoding/json %+v", ours, theirs)
		case err == nil && relaxedErr == nil && !same(&ours, &relaxed):
			t.Fatalf("got %+v, Decode %+v", ours, relaxed)
		case (err == nil) != (relaxedErr == nil) && !bytes.Contains(body, []byte(`"when"`)): // it takes texts of times as encoding/json does
			t.Fatalf("%q: %v, but Decode: %v", body, err, relaxedErr)
		case err != nil && theirErr == nil && object:
			t.Fatalf("%q was refused: %v", body, err)
		}
	})
}

// leavesOld reports whether a text may have an array twice, with a null in it: that leaves what encoding/json has read into its place before,
// from the first array into the second. The decoder makes a new one.
func leavesOld(body []byte) bool {
	twice := func(name string) bool { return bytes.Count(body, []byte(name)) > 1 }
	return bytes.Contains(body, []byte("null")) && (twice(`"names"`) || twice(`"grid"`))
}

// otherCase reports whether a text may have a name of which encoding/json, but not the decoder, thinks that it is a field's.
func otherCase(body []byte) bool {
	text := string(body)
	if strings.Contains(text, `\u`) || !json.Valid(body) {
		return true
	}
	for _, name := range []string{"id", "count", "flag", "when", "names", "raw", "next", "map", "texts", "grid", "size"} {
		if strings.Count(strings.ToLower(text), `"`+name+`"`) != strings.Count(text, `"`+name+`"`) || strings.ContainsAny(text, "ſK") {
			return true
		}
	}
	return false
}
