// Package kneo is the client of the Kneo Agent Platform, which runs agents and workflows behind an HTTP API.
//
//	client, err := kneo.NewClient()
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer client.Close()
//
//	run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{
//		Input: "hello world",
//		Spec:  map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
//	})
//
// # Profiles
//
// A client needs an address and a key. They come from a profile: a table of the file client.toml, overridden field by field by
// the environment (KNEO_URL, KNEO_API_KEY, KNEO_AUTH_SCHEME, KNEO_TIMEOUT), overridden by options; see [NewClient]. The key goes
// to the profile's address and nowhere else: redirects are not followed, http:// is refused off this machine, and nothing
// that the package prints, logs or returns as an error shows it.
//
// # Calls
//
// Services hang off the client: client.Platform.Runs.Get(ctx, id). Every call takes a context, which ends it at once, and
// options such as [WithIdempotencyKey] or [WithResponse]. What calls return are the types that are generated from the
// contract; zero means unset, absent or null, and a pointer stands where that would be ambiguous. Fields that the
// library does not know are kept in AdditionalProperties where the platform leaves an object open. [Client.Raw] gives the
// generated client itself, and [Client.Request] reaches any other path.
//
// # Errors
//
// A call fails with one of five types, for errors.As: [*Error], the platform said no; [*NetworkError], nobody answered;
// [*ProtocolError], somebody answered who is not the platform, or not in the way of the contract; [*ArgumentError], nothing was
// sent, since the call makes no sense; [*UnsupportedError], nothing was sent, since this version of the server does not have what
// the call asks for. The sentinels tell the first kind apart: errors.Is(err, kneo.ErrNotFound).
//
// # Server versions
//
// The client works with every published server from 0.2.2 on. Some lack operations, filters or fields, or ignore them in silence. So the
// client asks for the version, once, when a call first needs something that not every server has, and refuses what this one does
// not have with [ErrUnsupported]; see [WithServerVersion].
//
// # Retries
//
// Calls are repeated when that can help and cannot hurt; [RetryPolicy] has the rules. Every POST carries an idempotency key,
// the same for all its attempts, under which the platform answers a repeated request with the first one's outcome.
//
// # Waiting
//
// The platform pushes nothing: whoever wants to know asks again. [RunsService.WaitForCompletion] does so at a sensible pace,
// outlasts restarts of the platform, and keeps its deadline.
//
// # Testing
//
// Package kneotest is the platform in a process, for tests of what is built on this package.
package kneo
