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
//	}
//
// The server starts at once, keeps everything in memory, and has no global state: tests can have one each and run in parallel.
// It needs a key, checks scopes, honours idempotency keys, refuses what the real one refuses, with the same errors, and
// runs specs for real, with Go functions in the place of Python's; see [WithFunction].
//
// # Differences
//
//	workflows   An agent alone and sequential workflows of functions, agents and people run. Others fail as the real
//	            server fails on a spec whose code cannot be imported.
//	functions   Implementations are Go functions. An unknown one fails like a Python import.
//	spec_path   There are no files: any path is one that does not exist.
//	messages    Texts for people are the real server's in most places; codes, types and statuses in all.
package kneotest
