package kneotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// GetRunReplay answers with the history of a run.
func (a *api) GetRunReplay(w http.ResponseWriter, _ *http.Request, id string) {
	a.view(w, id, func(r *run) ([]byte, *problem) {
		timeline := make([]object, len(r.checkpoints))
		for i, c := range r.checkpoints {
			state := c["state"].(object)
			var request any
			if pending, ok := state["pending_human_request"].(object); ok {
				request = pending["id"]
			}
			timeline[i] = with(refOf(c), object{
				"status": state["status"], "current_step_index": state["current_step_index"], "current_step_id": state["current_step_id"],
				"current_node_id": state["current_node_id"], "continuation_id": state["continuation_id"], "pending_human_request_id": request, "error": state["error"],
			})
		}
		return encode(redacted(object{
			"run_id": r.id, "status": r.status, "workflow_name": orNull(r.workflowName), "workflow_kind": r.kind, "agent_name": orNull(r.agentName),
			"checkpoint_count": len(r.checkpoints), "timeline": timeline, "replay_context": r.replayContext(),
		})), nil
	})
}

// GetRunRecovery answers whether a run can be continued. Where it stands is told as of the last checkpoint.
func (a *api) GetRunRecovery(w http.ResponseWriter, _ *http.Request, id string) {
	a.view(w, id, func(r *run) ([]byte, *problem) {
		state := r.state()
		if n := len(r.checkpoints); n > 0 {
			state = r.checkpoints[n-1]["state"].(object)
		}
		answer := object{"run_id": r.id, "checkpoint_count": len(r.checkpoints), "replay_context": r.replayContext()}
		for _, name := range []string{
			"status", "workflow_name", "workflow_kind", "current_step_index", "current_node_id", "visited_steps", "visited_nodes",
			"pending_human_request", "continuation_id", "error",
		} {
			answer[name] = state[name]
		}
		return encode(redacted(answer)), nil
	})
}

// GetRunGraph answers with the workflow of a run as a graph, a line in the case of steps.
func (a *api) GetRunGraph(w http.ResponseWriter, _ *http.Request, id string) {
	a.view(w, id, func(r *run) ([]byte, *problem) {
		if r.broken != nil {
			return nil, r.broken
		}
		if err := a.build(r.spec); err != nil {
			return nil, problemOf(err)
		}
		g := r.spec.graph()
		current, visited := r.nodeID, r.visitedNode
		if g["workflow_kind"] == sequentialType {
			current, visited = r.stepID, r.visitedSteps
		}
		return encode(with(g, object{"run_id": r.id, "status": r.status, "current": orNull(current), "visited": listOf(visited)})), nil
	})
}

// GetRunPolicyReport answers with what the spec of a run lets its agents do.
func (a *api) GetRunPolicyReport(w http.ResponseWriter, req *http.Request, id string) {
	a.view(w, id, func(r *run) ([]byte, *problem) {
		a.audit(req, gen.AuditSpecPolicyReported, r, "", object{"valid": r.spec != nil, "source": "run"})
		return encode(policyReport(r.spec, r.broken)), nil
	})
}

// maxChanges is how many differences a diff lists.
const maxChanges = 200

// DiffCheckpoints answers with the differences of two checkpoints, leaf by leaf.
func (a *api) DiffCheckpoints(w http.ResponseWriter, req *http.Request, id string, _ gen.DiffCheckpointsParams) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var checkpoints []object
	if r := a.runs[id]; r != nil {
		checkpoints = r.checkpoints
	}
	n := len(checkpoints)
	if n < 2 {
		badRequest("At least two checkpoints are required for a diff.").write(w)
		return
	}
	from, p := pick(checkpoints, req.URL.Query().Get("from_sequence"), n-1)
	to, p2 := pick(checkpoints, req.URL.Query().Get("to_sequence"), n)
	switch {
	case p != nil:
		p.write(w)
	case p2 != nil:
		p2.write(w)
	case from["id"] == to["id"]:
		badRequest("Diff checkpoints must be different.").write(w)
	default:
		writeBody(w, http.StatusOK, encode(diff(id, from, to)))
	}
}

func pick(checkpoints []object, text string, sequence int) (object, *problem) {
	if text != "" {
		sequence, _ = strconv.Atoi(text)
	}
	if sequence < 1 || sequence > len(checkpoints) {
		return nil, badRequest(fmt.Sprintf("Unknown checkpoint sequence: %d", sequence))
	}
	return checkpoints[sequence-1], nil
}

func diff(id string, from, to object) object {
	added, removed, changed := []object{}, []object{}, []object{}
	before, after := leaves(from), leaves(to)
	paths := maps.Clone(before)
	maps.Copy(paths, after)
	count := 0
	for _, path := range sortedKeys(paths) {
		a, hadA := before[path]
		b, hasB := after[path]
		if hadA && hasB && bytes.Equal(a, b) {
			continue
		}
		switch count++; {
		case count > maxChanges:
		case !hadA:
			added = append(added, object{"path": path, "value": b})
		case !hasB:
			removed = append(removed, object{"path": path, "value": a})
		default:
			changed = append(changed, object{"path": path, "before": a, "after": b})
		}
	}
	return object{
		"run_id": id, "from_checkpoint": refOf(from), "to_checkpoint": refOf(to), "change_count": count, "added": added, "removed": removed,
		"changed": changed, "truncated": count > maxChanges,
	}
}

// refOf is what others say of a checkpoint.
func refOf(c object) object {
	ref := object{}
	for _, name := range []string{"id", "sequence", "type", "created_at", "workflow_name", "step_id", "node_id"} {
		ref[name] = c[name]
	}
	return ref
}

// leaves flattens what a diff compares of a checkpoint into paths and values.
func leaves(c object) map[string]json.RawMessage {
	var value map[string]any
	_ = json.Unmarshal(encode(redacted(object{"state": c["state"], "metadata": c["metadata"]})), &value)
	flat := map[string]json.RawMessage{}
	flatten("", value, flat)
	return flat
}

func flatten(path string, value any, flat map[string]json.RawMessage) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			flatten(joinPath(path, name), member, flat)
		}
		if len(v) > 0 {
			return
		}
	case []any:
		for i, element := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), element, flat)
		}
		if len(v) > 0 {
			return
		}
	}
	flat[path] = encode(value)
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
