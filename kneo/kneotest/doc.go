// Package kneotest is the Kneo Agent Platform in a process: a server that behaves as the real one does, for tests of programs
// that use package kneo.
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
// The server starts at once, keeps everything in memory, and has no global state: tests can have one each and run in parallel.
// It needs a key, checks scopes, honours idempotency keys, refuses what the real one refuses, with the same errors, and
// runs specs of every kind for real, with Go functions in the place of Python's; see [WithFunction].
//
// # What tests can do to it
//
//   - [WithScript] says what runs do where a spec is too slow to say it: take their time, fail, block.
//   - [Server.AddRuns] adds runs that have been made before, by the ten thousand.
//   - [WithClock] gives it a clock that the test moves; [Server.PruneExpiredHumanTasks], [Server.PruneTimedOutRuns] and
//     [Server.PruneRetention] are the sweeps that only an operator can order on the real server.
//   - [Server.Inject] has calls fail: late, refused, reset before or after their effect, answered by half or by garbage.
//   - [Server.Requests] and [Server.Calls] tell what it was asked. A test that fails with [WithCleanup] logs the last of it.
//   - [WithoutSockets] and [Server.Transport] leave the network out, so that testing/synctest can drive the time of both sides.
//
// # Differences
//
// This is all in which it is known to differ from kneo-serv 1.2.0, to which the scenarios of its tests were played as well:
//
//	functions   Implementations are Go functions. One that is not registered fails as a Python import does, and says so.
//	models      Agents answer as the real server's without a model. Native runtimes, MCP, memory, skills and as_agent do nothing.
//	files       There are none: spec_path and overlays name files that do not exist.
//	workers     An async run is taken up at once, however many there are; no queue fills up, and /metrics and /docs are not there.
//	texts       What is told to people may be in other words; codes, types, paths and statuses are not.
package kneotest
