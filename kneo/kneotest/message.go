package kneotest

import "slices"

// message is a turn of the conversation that steps have with each other.
type message struct {
	role, content, name, callID string

	calls []object // of tools
	bare  bool     // the platform made it itself; such a one has no list of calls
}

// object is the message on the wire.
func (m message) object() object {
	metadata := object{}
	if !m.bare {
		metadata["tool_calls"] = listOf(m.calls)
	}
	return object{"role": m.role, "content": m.content, "name": orNull(m.name), "tool_call_id": orNull(m.callID), "metadata": metadata}
}

// same reports whether two messages say the same.
func (m message) same(other message) bool {
	return m.role == other.role && m.content == other.content && m.name == other.name && m.callID == other.callID
}

func messageObjects(messages []message) []object {
	list := make([]object, len(messages))
	for i, m := range messages {
		list[i] = m.object()
	}
	return list
}

// latestText is what the next step gets: what was said last by user or assistant.
func latestText(messages []message) string {
	for _, m := range slices.Backward(messages) {
		if m.role == "assistant" || m.role == "user" {
			return m.content
		}
	}
	return ""
}

// lastAnswer is what a workflow comes to: what was said last by an assistant.
func lastAnswer(messages []message) string {
	for _, m := range slices.Backward(messages) {
		if m.role == "assistant" {
			return m.content
		}
	}
	return ""
}

// added returns what a step added to the conversation that it was given. Of one that rewrote it only its last answer counts.
func added(given, returned []message) []message {
	if len(returned) >= len(given) && slices.EqualFunc(returned[:len(given)], given, message.same) {
		return returned[len(given):]
	}
	for _, m := range slices.Backward(returned) {
		if m.role == "assistant" {
			return []message{m}
		}
	}
	return nil
}

// unbare returns messages as they come back from a workflow.
func unbare(messages []message) []message {
	list := slices.Clone(messages)
	for i := range list {
		list[i].bare = false
	}
	return list
}
