package kneotest

import (
	"fmt"
	"maps"
)

// migrated is a spec in the form of version v1. One without a version, or of v0, may call its parts otherwise. What it is given stays as it
// is.
func migrated(content object) (object, *problem) {
	switch version := content["version"].(type) {
	case nil:
	case []any, object:
		return nil, internal()
	default:
		if version == "v1" {
			return content, nil
		}
		if version != "v0" {
			return nil, badRequest(fmt.Sprintf("Unsupported spec version: %v", version))
		}
	}
	v1 := with(content, object{"version": "v1"})
	renamed(v1, "root_agent", "agent")
	renamed(v1, "root_workflow", "workflow")
	components := with(asObject(v1["components"]), nil)
	for old, name := range map[string]string{"component_agents": "agents", "component_workflows": "workflows", "functions": "functions", "humans": "humans"} {
		if moved, ok := v1[old]; ok {
			delete(v1, old)
			if len(asObject(moved)) > 0 {
				components[name] = with(asObject(components[name]), asObject(moved))
			}
		}
	}
	if workflows, ok := components["workflows"].(object); ok {
		workflows = maps.Clone(workflows)
		for name := range workflows {
			typed(workflows, name)
		}
		components["workflows"] = workflows
	}
	if _, odd := v1["components"].(object); odd || v1["components"] == nil {
		v1["components"] = components
	}
	typed(v1, "workflow")
	return v1, nil
}

// renamed gives a member its new name, unless there is one of that name.
func renamed(o object, old, name string) {
	if value, ok := o[old]; ok && !hasKey(o, name) {
		delete(o, old)
		o[name] = value
	}
}

// typed makes a sequence of a workflow that is only its steps.
func typed(o object, name string) {
	switch w := o[name].(type) {
	case []any:
		o[name] = object{"type": sequentialType, "steps": w}
	case object:
		if !hasKey(w, "type") && hasKey(w, "steps") {
			o[name] = with(w, object{"type": sequentialType})
		}
	}
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}
