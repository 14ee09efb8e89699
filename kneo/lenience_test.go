package kneo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// reads has, for the operations whose answers are small enough to be spoiled in every way, what reads them.
var reads = map[string]func(body []byte) error{
	"Healthz": reading[Health], "Readyz": reading[Health], "CreateRun": reading[RunCreated], "GetRun": reading[Run], "CancelRun": reading[Run], "ListRuns": reading[gen.RunList],
	"GetRunTrace": reading[gen.TraceList], "ListCheckpoints": reading[gen.CheckpointList], "DiffCheckpoints": reading[CheckpointDiff], "GetRunReplay": reading[Replay],
	"GetRunRecovery": reading[Recovery], "GetRunGraph": reading[RunGraph], "GetRunPolicyReport": reading[PolicyReport], "ListHumanTasks": reading[gen.HumanTaskList],
	"GetHumanTask": reading[HumanTaskDetail], "ResumeHumanTask": reading[HumanResumed], "ListAuditEvents": reading[gen.AuditEventList], "ListCredentials": reading[gen.CredentialInventoryResponse],
	"ListEnvironmentPolicies": reading[gen.EnvironmentPolicyList], "PutEnvironmentPolicy": reading[EnvironmentPolicyState], "PreviewEnvironmentPolicy": reading[PolicyPreview],
	"ValidateSpec": reading[SpecValidation], "CompileSpec": reading[SpecCompilation], "ExplainSpec": reading[SpecExplanation], "GraphSpec": reading[SpecGraph],
}

func reading[T any](body []byte) error {
	answer := new(T)
	if err := wire.Decode(body, answer); err != nil {
		return err
	}
	return verify(answer, body, "")
}

// needed are the fields without which an answer is none: ids and statuses, of the answer itself and of its rows.
var needed = regexp.MustCompile(`^\.(run_id|status|environment)$|^\.(runs|tasks|events|checkpoints)\[\d+\]\.(id|event_id)$|^\.runs\[\d+\]\.status$`)

// alone are the members without which nothing is left of an answer.
var alone = regexp.MustCompile(`^\.(inventory|summary)$`)

// TestSpoiledAnswers spoils every field of every recorded answer in the ways that the platform, old servers and redaction do.
func TestSpoiledAnswers(t *testing.T) {
	files, err := filepath.Glob("../testdata/exchanges/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	spoiled := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var exchange struct {
			Operation string
			Body      map[string]any
		}
		if err := json.Unmarshal(text, &exchange); err != nil {
			t.Fatal(err)
		}
		read := reads[exchange.Operation]
		if read == nil || len(text) > 6<<10 {
			continue
		}
		try := func(path, how string) {
			spoiled++
			body, _ := json.Marshal(exchange.Body)
			err := read(body)
			missing := how == "null" || how == "absent"
			switch {
			case missing && (needed.MatchString(path) || exchange.Operation == "GetHumanTask" && path == ".continuation_id"):
				if err == nil {
					t.Errorf("%s: %s %s was taken", filepath.Base(file), path, how)
				}
			case err != nil && (how != "absent" || !alone.MatchString(path)):
				t.Errorf("%s: %s %s: %v", filepath.Base(file), path, how, err)
			}
		}
		spoil("", exchange.Body, try)
	}
	if spoiled < 1000 {
		t.Errorf("only %d answers were spoiled", spoiled)
	}
}

// spoil changes every member of an object in turn, at any depth, and has it tried.
func spoil(path string, value any, try func(path, how string)) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			at := path + "." + name
			spoil(at, member, try)
			v[name] = nil
			try(at, "null")
			delete(v, name)
			try(at, "absent")
			v[name] = "[REDACTED]"
			try(at, "redacted")
			v[name] = member
			if strings.HasSuffix(path, ".step_iteration_counts") {
				continue // every name in it is a step's
			}
			v["a_new_field"] = map[string]any{"deep": []any{1, "x"}}
			try(at, "beside a new field")
			delete(v, "a_new_field")
		}
	case []any:
		for i := range v {
			if i < 2 {
				spoil(fmt.Sprintf("%s[%d]", path, i), v[i], try)
			}
		}
	}
}
