// Package kneotest is the Kneo Agent Platform in a process: a server that behaves as the real one does, for tests of programs that
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
// A server is ready at once, keeps everything in memory, and shares nothing with other servers: each test can have its own, and
// tests can run in parallel. It needs a key, checks scopes, honours idempotency keys, refuses what the real server refuses, with
// the same errors, and runs specs of every kind for real, with Go functions in the place of Python's; see [WithFunction].
//
// # What runs do
//
// [WithScript] says what runs do where a spec would be too slow or too much to write: take their time, fail, block.
// [Server.AddRuns] adds runs that were made before, by the ten thousand.
//
// # Time
//
// With [WithoutSockets], and in a bubble of testing/synctest, time passes for client and server as fast as both allow.
// [WithClock] gives the server alone a clock that the test moves. [Server.PruneExpiredHumanTasks], [Server.PruneTimedOutRuns]
// and [Server.PruneRetention] are the sweeps that only an operator can order on the real server.
//
// # Faults
//
// [Server.Inject] makes calls go wrong: late, refused, reset before or after they had their effect, answered by half or by
// garbage. A [Fault] says which calls, and an [Effect] what happens to them.
//
// # Requests
//
// [Server.Requests] and [Server.Calls] tell what the server was asked. A test that fails logs the latest of it, if the server has
// [WithCleanup].
//
// # Keys and versions
//
// [Server.APIKey] is the key of an admin, who may do anything; [WithKey] adds others. [WithVersion] plays an older server.
//
// # Differences
//
// These are all the known differences from kneo-serv 1.2.0. The same scenarios are played to both.
//
//   - Implementations of functions are Go functions. One that is not registered fails as a Python import does, and says so.
//   - Agents answer as those of the real server do without a model. Native runtimes, MCP, memory, skills and as_agent do nothing.
//   - There are no files: spec_path and overlays name files that do not exist.
//   - An async run is taken up at once, however many there are. No queue fills up.
//   - There are no /metrics and /docs.
//   - Texts for people may have other words. Codes, types, paths and statuses are the same.
package kneotest
