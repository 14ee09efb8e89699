package wire

import "testing"

func TestMember(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1,"b":{"x":2}}`:                 "",
		`{"x":"y"}`:                           `"y"`,
		"{\n\t\"a\": [\"x\"], \"x\" : null }": "null",
		`{"x":1,"x":2}`:                       "2",
		`{"\u0078":true}`:                     "true",
		`["x",1]`:                             "",
		`{"x":`:                               "",
		``:                                    "",
	} {
		if got := Member([]byte(body), "x"); string(got) != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
