// Package kneotest runs the Kneo Agent Platform in a process: it is a server that behaves like the real one, for tests of programs that
// use package kneo.
//
//	func TestReport(t *testing.T) {
//		srv := kneotest.NewServer(kneotest.WithCleanup(t))
//		client := srv.Client()
//
//		run, err := client.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{
//			Input: "hello world",
//			Spec:  map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
//		})
//		if err != nil || run.OutputText != "Final answer: hello world" {
//			t.Fatalf("%+v, %v", run, err)
//		}
//		if n := srv.Calls("CreateRun"); n != 1 {
//			t.Errorf("%d creates", n)
//		}
//	}
//
// A server is ready at once, keeps everything in memory, and shares nothing with other servers: each test can have its own, and tests can
// run in parallel. It requires a key, checks scopes, honours idempotency keys, and refuses what the real server refuses, with the same
// errors. It really runs specs of every kind, with Go functions instead of Python functions; see [WithFunction].
//
// # What runs do
//
// [WithScript] says what runs do where a spec would be too slow or too long to write: take time, fail, block. [Server.AddRuns] adds runs
// as if they had been created before, ten thousand at a time if you like.
//
// # Time
//
// With [WithoutSockets], in a bubble of testing/synctest, time passes for client and server as fast as both allow. [WithClock] gives only
// the server a clock that the test moves. [Server.PruneExpiredHumanTasks], [Server.PruneTimedOutRuns] and [Server.PruneRetention] are the
// sweeps that only an operator can start on the real server.
//
// # Faults
//
// [Server.Inject] makes calls go wrong: they are late, refused, reset before or after they had their effect, or get half an answer or
// garbage. A [Fault] says which calls, and an [Effect] what happens to them.
//
// # Requests
//
// [Server.Requests] and [Server.Calls] report what the server was asked. A test that fails logs the latest requests, if the server has
// [WithCleanup].
//
// # Keys and versions
//
// [Server.APIKey] is the key of an admin, who may do anything; [WithKey] adds others. [WithVersion] plays an older server.
//
// # Differences
//
// These are all the known differences from kneo-serv 1.2.0. The same scenarios are run against both.
//
//   - Functions and tools are implemented by Go functions. One that is not registered fails like a Python import, and says so. The
//     built-in ones take texts; a tool gets its arguments as JSON. Of ast.parse and timeit.timeit only failing and sleeping are
//     imitated, and json.loads loses half a surrogate pair.
//   - Agents answer like those of a real server without a model. Native runtimes, MCP, memory and as_agent do nothing, nor do
//     guardrails of the types function and agent. Patterns of guardrails are Go's; one that Go cannot compile matches nothing.
//   - There are no files: spec_path and overlays name files that do not exist. Skills that a spec declares are assumed to exist, so
//     that specs with skills can be tested, and do nothing.
//   - In a spec an empty text counts as absent, which matters for names, ids and fields with a few allowed values.
//   - An async run is started at once, however many there are. No queue fills up.
//   - All paths begin with /v1: there is no /metrics, no /docs, no /openapi.json and no /runs.
//   - Queries are read as the client writes them: times as in RFC 3339, with or without a zone, but not as days or weeks; integers in
//     digits; an empty filter as none.
//   - Limits are the defaults of the real server. There are no KNEO_SERV_ variables to change them.
//   - If several things are wrong with a request or a spec, they may be reported in another order, or another one first.
//   - Texts for people may be worded differently. Codes, types, paths and statuses are the same.
package kneotest
