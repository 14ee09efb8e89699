// Package kneo is the client of the Kneo Agent Platform, which runs agents and workflows behind an HTTP API.
//
// A first program connects, runs a spec and prints the result:
//
//	client, err := kneo.NewClient()
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer client.Close()
//
//	run, err := client.Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{
//		Input: "hello world",
//		Spec:  map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Println(run.Status, run.OutputText)
//
// The docs folder of the repository has a page for each topic below, with all the rules and the platform's less obvious behaviour.
//
// # Authentication and profiles
//
// A client needs the address of a platform and a key. [NewClient] takes each from the last of these places that has it: the
// profile file client.toml, the environment (KNEO_URL, KNEO_API_KEY, KNEO_AUTH_SCHEME, KNEO_TIMEOUT), the options ([WithURL],
// [WithAPIKey], [WithAuthScheme], [WithTimeout]). [WithProfile] or KNEO_PROFILE chooses a profile other than "default", and
// [WithResolvedProfile] leaves file and environment out. Package [profiles] has the details.
//
// NewClient sends nothing. [Client.Check] asks whether the platform is ready and accepts the key, and [Client.SetAPIKey] replaces the key
// of a client that is in use.
//
// The key goes to the scheme, host and port of the profile and nowhere else. Redirects are not followed, http:// to another machine is
// refused (see [WithInsecureHTTP]), and nothing that the package prints, logs or returns shows the key.
//
// # Calls
//
// The client has its services as fields: client.Platform has [RunsService], [HumanTasksService], [AuditService], [CredentialsService],
// [PoliciesService] and [HealthService], client.Agent has [SpecsService] and [SkillsService]. A method takes a context, then what the
// call is about, then options. When the context ends, so does the call, at once:
//
//	page, err := client.Platform.Runs.List(ctx, kneo.RunListParams{}, kneo.WithHeader("X-Team", "billing"))
//
// The types of requests and answers are generated from the platform's contract and live in package [gen], most of them under the same names. Zero
// means unset: it is left out when sent, and stands for absent or null when read. A field is a pointer where zero and unset differ.
// Members of an answer that the library does not know are kept in AdditionalProperties where the platform leaves an object open, and
// always in the Body of [Response]; see [WithResponse].
//
// [Client.Request] makes calls that have no method here, and [Client.Raw] is the generated client. Both work like all other calls, with
// the same retries, keys, limits and errors; only the raw client returns a status of 400 or above as an answer.
//
// A [Client] is safe for use by many goroutines and meant to be shared: its connections and its retry budget serve all calls.
//
// # Runs
//
// [RunsService.Create] starts a run. With AsyncMode the platform answers at once. Without AsyncMode it answers when the run has ended or
// paused, and answers nobody else in the meantime; a run that fails is then an error without a run id. Prefer AsyncMode, or
// [RunsService.CreateAndWait], which sets it.
//
// A run is running, even while it waits for a worker, or blocked while it waits for a person. In the end it is completed, failed,
// cancelled, timed_out or expired. A failed run is not an error of a call: the run's method Err ([gen.Run.Err]) turns it into one.
// [Output] reads the output of a completed run as JSON.
//
// # Errors
//
// A call fails with one of these types, for [errors.As]:
//
//   - [*Error]: the platform, or a proxy in front of it, said no. [ErrNotFound] and the other sentinels say which kind it is, for
//     [errors.Is]; its Code is the platform's word for it, and its Details have whatever else the answer says.
//   - [*NetworkError]: nobody answered. Its cause is in its chain, such as [context.DeadlineExceeded] or syscall.ECONNREFUSED.
//   - [*ProtocolError]: something other than the platform answered, or the answer breaks the contract: a login page, a redirect
//     ([*RedirectError]), an answer that is too large ([*BodyTooLargeError]).
//   - [*ArgumentError]: the call makes no sense, and nothing was sent.
//   - [*UnsupportedError]: this version of the server lacks what the call asks for, and nothing was sent. It is [ErrUnsupported].
//
// Waits can also end with a [*WaitTimeoutError] or a [*WaitCanceledError], walks through lists with a [*WindowError], and NewClient with
// a [*profiles.Error] or an [*InsecureURLError].
//
// The text of an error is one line of bounded length, for people. Do not test for it: its wording may change. The errors of a call say
// what is known about its effect ([Outcome]), and those of a POST also have the idempotency key that was sent.
//
// # Retries and idempotency
//
// Calls are repeated when that can help and cannot hurt: when there is no answer or only part of one, and after 429, 502, 503 and 504.
// [RetryPolicy] has the rules and the defaults; [WithRetryPolicy] changes them for a client, [WithCallRetry] for a call. All calls of a
// client share one retry budget, so that retries do not multiply the load during an outage.
//
// Every POST carries an idempotency key, the same for all its attempts. The platform answers a repeated request with the same key with
// the outcome of the first one. To be safe even if your program crashes, store a key with the job and give it to the call with
// [WithIdempotencyKey].
//
// # Time
//
// The context limits a call as a whole, including its retries and pauses; without a deadline there is no limit. [WithTimeout] limits each
// attempt, to 30 seconds by default. That default does not apply to calls that the platform answers only when a run has ended or paused:
// a synchronous create, Continue and Resume.
//
// # Waiting
//
// The platform pushes nothing: to learn about changes you have to ask again. [RunsService.WaitForCompletion] does so at a sensible pace,
// survives restarts of the platform, and keeps its deadline. [RunsService.WaitAll] waits for thousands of runs with a bounded share of
// the platform's time, [RunsService.TailTrace] yields the events of a run as they come, and [HumanTasksService.Watch] yields human tasks
// as they appear. [WaitOption] has the options.
//
// # Pagination
//
// Methods named List return one [Page]. Methods named All, [RunsService.TraceAll] and [RunsService.CheckpointsAll] return iterators over
// all rows:
//
//	for run, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{Status: kneo.RunCompleted}) {
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(run.OutputText)
//	}
//
// An error is the last thing that an iterator yields. No request is made before the first row is taken, nor after you leave the loop; in
// between, a walk reads one page ahead, see [WithoutReadAhead]. The platform gives only the first 10,000 rows of a list;
// [RunsService.All] goes past that, the others end with a [*WindowError].
//
// # Logs, metrics and traces
//
// The client logs nothing unless [WithLogger] gives it a logger: then it logs calls, attempts and waits at level debug, and retries at
// level info. It never logs a body, a key or a query. [WithHooks] calls your own functions around calls, attempts and waits.
//
// # Testing
//
// Package [github.com/kneo-agent/kneo-client-go/kneo/kneotest] runs the platform in a process, for tests of programs that use this
// package. Such tests need no mocks and, if you like, no network and no real time.
//
// # Versioning
//
// The client works with every published server from 0.2.2 on. Some servers lack operations, filters or fields, or silently ignore them.
// So the client asks for the version once, when a call first needs something that not every server has. A call that needs something that
// this server lacks is refused with [ErrUnsupported] before anything is sent; see [WithServerVersion]. The documentation of methods and
// fields says which server they need.
//
// The library itself has semantic versions. Until 1.0.0 a minor version may break something; the changelog then says so. [Version] is the
// version, and part of the User-Agent of every request.
package kneo
