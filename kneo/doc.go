// Package kneo is the client of the Kneo Agent Platform, which runs agents and workflows behind an HTTP API.
//
// A first program connects, runs a spec and prints what came of it:
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
// The folder docs of the repository has a page for each topic below, with the rules in full and what the platform does that you
// would not expect.
//
// # Authentication and profiles
//
// A client needs the address of a platform and a key. [NewClient] takes each from the last of these places that has it: the
// profile file client.toml, the environment (KNEO_URL, KNEO_API_KEY, KNEO_AUTH_SCHEME, KNEO_TIMEOUT), the options ([WithURL],
// [WithAPIKey], [WithAuthScheme], [WithTimeout]). [WithProfile] or KNEO_PROFILE chooses a profile other than "default", and
// [WithResolvedProfile] leaves file and environment out. Package [profiles] has the details.
//
// NewClient sends nothing. [Client.Check] asks whether the platform is ready and takes the key, and [Client.SetAPIKey] replaces
// the key of a client that is in use.
//
// The key goes to the scheme, host and port of the profile and nowhere else. Redirects are not followed, http:// is refused off
// this machine (see [WithInsecureHTTP]), and nothing that the package prints, logs or returns shows the key.
//
// # Calls
//
// Services hang off the client: client.Platform has [RunsService], [HumanTasksService], [AuditService], [CredentialsService],
// [PoliciesService] and [HealthService], client.Agent has [SpecsService] and [SkillsService]. A method takes a context, which ends
// the call at once, then what the call is about, then options:
//
//	page, err := client.Platform.Runs.List(ctx, kneo.RunListParams{}, kneo.WithHeader("X-Team", "billing"))
//
// The types of requests and answers are generated from the platform's contract and live in package [gen], under the same names.
// Zero means unset: it is left out when sent, and stands for absent or null when read. A pointer stands where zero and unset
// differ. What an answer has that the library does not know is kept in AdditionalProperties where the platform leaves an
// object open, and in [Response] in any case; see [WithResponse].
//
// [Client.Request] makes a call that has no method here, and [Client.Raw] is the generated client. Both take the same way as all
// other calls, with the same retries, keys, limits and errors.
//
// A [Client] is safe for use by many goroutines and meant to be shared: its connections and its retry budget serve all calls.
//
// # Runs
//
// [RunsService.Create] starts a run. With AsyncMode the platform answers at once. Without it, it answers when the run has ended
// or paused, and answers nobody else meanwhile; a run that fails is then an error without a run id. Prefer AsyncMode, or
// [RunsService.CreateAndWait], which sets it.
//
// A run is running, also while it waits for a worker; or blocked, while it waits for a person; or it has ended, as completed,
// failed, cancelled, timed_out or expired. That a run failed is not an error of a call. The run's method Err ([gen.Run.Err])
// makes one of it, and [Output] reads the output of one that completed as JSON.
//
// # Errors
//
// A call fails with one of these types, for [errors.As]:
//
//   - [*Error]: the platform, or a proxy before it, said no. [ErrNotFound] and the other sentinels tell which kind it is, for
//     [errors.Is]; its Code is the platform's word for it, and its Details what else the answer says.
//   - [*NetworkError]: nobody answered. Its cause is in its chain, such as [context.DeadlineExceeded] or syscall.ECONNREFUSED.
//   - [*ProtocolError]: somebody answered who is not the platform, or not in the way of the contract: a login page, a redirect
//     ([*RedirectError]), an answer that is too large ([*BodyTooLargeError]).
//   - [*ArgumentError]: the call makes no sense, and nothing was sent.
//   - [*UnsupportedError]: this version of the server lacks what the call asks for, and nothing was sent. It is [ErrUnsupported].
//
// Waits also end with a [*WaitTimeoutError] or a [*WaitCanceledError], walks through lists with a [*WindowError], and NewClient with
// [*profiles.Error] or [*InsecureURLError].
//
// The text of an error is one line of bounded length, for people. Do not test for it: its wording may change. The errors of a
// call say what is known of its effect ([Outcome]), and those of a POST under which idempotency key it was sent.
//
// # Retries and idempotency
//
// Calls are repeated when that can help and cannot hurt: after no answer or half of one, and after 429, 502, 503 and 504.
// [RetryPolicy] has the rules and the defaults; [WithRetryPolicy] changes them for a client, [WithCallRetry] for a call. All
// calls of a client share one retry budget, so that an outage does not get a multiple of the load.
//
// Every POST carries an idempotency key, the same for all its attempts, under which the platform answers a repeated request with
// the outcome of the first one. To be safe across a crash of your program too, store a key with the job and give it to the call
// with [WithIdempotencyKey].
//
// # Time
//
// The context limits a call as a whole, with its retries and pauses; without a deadline it has none. [WithTimeout] limits each
// attempt, to 30 seconds by default. That default does not apply to calls that the platform answers only when a run has ended or
// paused: a synchronous create, Continue and Resume.
//
// # Waiting
//
// The platform pushes nothing: whoever wants to know has to ask again. [RunsService.WaitForCompletion] does so at a good pace,
// outlasts restarts of the platform, and keeps its deadline. [RunsService.WaitAll] waits for thousands of runs at a bounded share
// of the platform's time, [RunsService.TailTrace] gives the events of a run as they come, and [HumanTasksService.Watch] human tasks
// as they appear. [WaitOption] has the options.
//
// # Pagination
//
// Methods named List return one [Page]. Those named All, [RunsService.TraceAll] and [RunsService.CheckpointsAll] are iterators over
// all rows, to be ranged over:
//
//	for run, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{Status: kneo.RunCompleted}) {
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(run.OutputText)
//	}
//
// An error is the last thing that an iterator gives. Nothing is asked for before the first row is taken, nor after the loop is left;
// in between a walk reads one page ahead, see [WithoutReadAhead]. The platform gives the first 10,000 rows of a list;
// [RunsService.All] goes past that, the others end with a [*WindowError].
//
// # Logs, metrics and traces
//
// The client logs nothing unless [WithLogger] says where to: then calls, attempts and waits at level debug, retries at level info.
// It never logs a body, a key or a query. [WithHooks] has functions of your own called around calls, attempts and waits.
//
// # Testing
//
// Package [github.com/kneo-agent/kneo-client-go/kneo/kneotest] is the platform in a process, for tests of programs that use this
// package. It needs no mocks and, if you like, no network and no real time.
//
// # Versioning
//
// The client works with every published server from 0.2.2 on. Some lack operations, filters or fields, or ignore them in silence.
// So it asks for the version, once, when a call first needs something that not every server has, and refuses with
// [ErrUnsupported], before anything is sent, what this one lacks; see [WithServerVersion]. The docs of methods and fields say
// which server they need.
//
// The library itself has semantic versions. Until 1.0.0 a minor version may break something, as the changelog then says. [Version]
// is the version, and part of the User-Agent of every request.
package kneo
