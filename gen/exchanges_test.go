package gen

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// answers has what each operation answers.
var answers = map[string]func() any{
	"Healthz": of[Health], "Livez": of[Health], "Readyz": of[Health],
	"CreateRun": of[RunCreated], "RunSpec": of[RunCreated], "ContinueRun": of[RunCreated], "GetRun": of[Run], "CancelRun": of[Run], "ListRuns": of[RunList],
	"GetRunTrace": of[TraceList], "ListCheckpoints": of[CheckpointList], "DiffCheckpoints": of[CheckpointDiff], "GetRunReplay": of[Replay], "GetRunRecovery": of[Recovery],
	"GetRunGraph": of[RunGraph], "GetRunPolicyReport": of[PolicyReport], "ReportSpecPolicy": of[PolicyReport],
	"ListHumanTasks": of[HumanTaskList], "GetHumanTask": of[HumanTaskDetail], "ResumeHumanTask": of[HumanResumed],
	"ListAuditEvents": of[AuditEventList], "ListCredentials": of[CredentialInventoryResponse], "ListSkills": of[SkillList],
	"ListEnvironmentPolicies": of[EnvironmentPolicyList], "GetEnvironmentPolicy": of[EnvironmentPolicyState], "PutEnvironmentPolicy": of[EnvironmentPolicyState],
	"PreviewEnvironmentPolicy": of[PolicyPreview],
	"ValidateSpec":             of[SpecValidation], "CompileSpec": of[SpecCompilation], "ExplainSpec": of[SpecExplanation], "GraphSpec": of[SpecGraph],
}

func of[T any]() any { return new(T) }

// TestRecordedExchanges decodes what the real server answered, and looks for every value of it in what comes out again: what the
// server sends is either typed or kept. `make record` records anew.
func TestRecordedExchanges(t *testing.T) {
	files, err := filepath.Glob("../testdata/exchanges/*.json")
	if err != nil || len(files) < 70 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var exchange struct {
				Operation string
				Body      json.RawMessage
			}
			if err := json.Unmarshal(text, &exchange); err != nil {
				t.Fatal(err)
			}
			seen[exchange.Operation] = true
			answer := answers[exchange.Operation]()
			if err := wire.Answer(exchange.Body, answer.(json.Unmarshaler)); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			for _, lost := range missing("", parse(t, exchange.Body), parse(t, again)) {
				t.Error(lost)
			}
		})
	}
	for _, op := range Operations {
		if !seen[op.ID] && op.ID != "ContinueRun" { // which answers as CreateRun does
			t.Errorf("there is no recording of %s", op.ID)
		}
	}
}

func parse(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// missing lists the values of sent that are not in kept. Null, false, zero and what is empty may be left out.
func missing(path string, sent, kept any) (lost []string) {
	switch s := sent.(type) {
	case map[string]any:
		k, _ := kept.(map[string]any)
		for name, value := range s {
			lost = append(lost, missing(path+"."+name, value, k[name])...)
		}
	case []any:
		k, _ := kept.([]any)
		for i, value := range s {
			var other any
			if i < len(k) {
				other = k[i]
			}
			lost = append(lost, missing(fmt.Sprintf("%s[%d]", path, i), value, other)...)
		}
	default:
		if kept == nil && slices.Contains([]any{nil, false, "", json.Number("0")}, sent) || same(sent, kept) {
			return nil
		}
		lost = append(lost, fmt.Sprintf("%s was %v, and is %v", path, sent, kept))
	}
	return lost
}

// same compares two leaves. Times may be written in another way.
func same(a, b any) bool {
	if a == b {
		return true
	}
	x, y := fmt.Sprint(a), fmt.Sprint(b)
	if n, ok := a.(json.Number); ok {
		if m, ok := b.(json.Number); ok {
			f, _ := n.Float64()
			g, _ := m.Float64()
			return math.Abs(f-g) < 1e-6*math.Max(1, math.Abs(f)/1e6)
		}
	}
	t, err := wire.ParseTime([]byte(`"` + x + `"`))
	u, err2 := wire.ParseTime([]byte(`"` + y + `"`))
	return err == nil && err2 == nil && !t.IsZero() && t.Equal(u)
}
