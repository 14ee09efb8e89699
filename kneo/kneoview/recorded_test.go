package kneoview

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/scenario"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

const scenarios = "../../testdata/scenarios"

// recorded is what a real server said of the run of a scenario.
type recorded struct {
	spec   *kneo.SpecGraph
	graph  *kneo.RunGraph
	events []kneo.TraceEvent
	run    *kneo.Run
}

// read reads the recorded answers of a scenario. Times are not recorded: here the events are a second apart.
func read(t *testing.T, name string) recorded {
	t.Helper()
	answers, err := scenario.Recorded(scenarios, name)
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	told := map[string]any{}
	for _, answer := range answers {
		var value any
		if err := json.Unmarshal(answer.Body, &value); err != nil {
			t.Fatal(err)
		}
		value = whole(t, answer.To, value, told)
		if answer.Status != 200 {
			continue
		}
		switch {
		case answer.To == "spec graph":
			r.spec = new(kneo.SpecGraph)
			decode(t, value, r.spec)
		case answer.To == "view graph":
			r.graph = new(kneo.RunGraph)
			decode(t, value, r.graph)
		case answer.To == "view trace":
			decode(t, value.(map[string]any)["events"], &r.events)
		case strings.HasSuffix(answer.To, ": run"):
			delete(value.(map[string]any), "metadata")
			r.run = new(kneo.Run)
			decode(t, value, r.run)
		}
	}
	return r
}

// whole puts back what recorded answers only point to, since it was told before: see [scenario.Platform.Play].
func whole(t *testing.T, path string, v any, told map[string]any) any {
	t.Helper()
	switch v := v.(type) {
	case string:
		if where, ok := strings.CutPrefix(v, "<like "); ok {
			there, ok := told[strings.TrimSuffix(where, ">")]
			if !ok {
				t.Fatalf("%s points to %s, which was not told", path, where)
			}
			return there
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) { // the order in which it was told
			v[name] = whole(t, path+"."+name, v[name], told)
		}
	case []any:
		for i := range v {
			v[i] = whole(t, fmt.Sprintf("%s[%d]", path, i), v[i], told)
		}
	}
	told[path] = v
	return v
}

func decode(t *testing.T, value, into any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 21, 15, 3, 0, time.UTC)
	for strings.Contains(string(text), `"timestamp":"\u003ctime\u003e"`) {
		text = []byte(strings.Replace(string(text), `"timestamp":"\u003ctime\u003e"`, `"timestamp":"`+at.Format(time.RFC3339)+`"`, 1))
		at = at.Add(time.Second)
	}
	if err := wire.Decode(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
