package kneo_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// Options win over the profile, field by field.
func Example_options() {
	folder, err := os.MkdirTemp("", "kneo")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "client.toml") // programs leave out WithProfileFile, and so use the user's own
	if err := os.WriteFile(file, []byte("[staging]\nurl = \"https://staging.example.com\"\napi_key = \"the-key\"\n"), 0o600); err != nil {
		log.Fatal(err)
	}

	client, err := kneo.NewClient(
		kneo.WithProfileFile(file),
		kneo.WithProfile("staging"),
		kneo.WithURL("https://kneo.example.com"),
		kneo.WithAPIKey("another-key"),
		kneo.WithAuthScheme(profiles.KneoAPIKey),
		kneo.WithTimeout(10*time.Second), // of each attempt
		kneo.WithUserAgent("nightly-report/1.4"),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	p := client.Profile()
	fmt.Println(p.Name, p.URL, p.APIKey, p.AuthScheme, p.Timeout)
	// Output: staging https://kneo.example.com [redacted] kneo_api_key 10s
}

// A key from a vault needs neither file nor environment.
func ExampleWithResolvedProfile() {
	srv := kneotest.NewServer()
	defer srv.Close()

	client, err := kneo.NewClient(kneo.WithResolvedProfile(profiles.Profile{
		Name: "from the vault", URL: srv.URL, APIKey: profiles.NewSecret(srv.APIKey),
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client.Check(context.Background()))
	// Output: <nil>
}

// A transport of your own, for a proxy, a private CA, or to see what goes out. It gets requests with the key in them.
func ExampleWithHTTPClient() {
	srv := kneotest.NewServer()
	defer srv.Close()

	counter := new(countingTransport)
	client := srv.Client(kneo.WithHTTPClient(&http.Client{Transport: counter}))
	if err := client.Check(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(counter.requests, "requests")
	// Output: 2 requests
}

type countingTransport struct{ requests int }

func (t *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.requests++
	return http.DefaultTransport.RoundTrip(req)
}

// On a network that you trust with the key, a platform without TLS.
func ExampleWithInsecureHTTP() {
	options := []kneo.Option{kneo.WithURL("http://kneo.internal:8000"), kneo.WithAPIKey("the-key")}
	_, err := kneo.NewClient(options...)
	var insecure *kneo.InsecureURLError
	fmt.Println(errors.As(err, &insecure))

	client, err := kneo.NewClient(append(options, kneo.WithInsecureHTTP())...)
	fmt.Println(client != nil, err)
	// Output:
	// true
	// true <nil>
}

// A walk that takes long over each row, on a list that changes, rather has its pages late.
func ExampleWithoutReadAhead() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.AddRuns(make([]kneotest.PresetRun, 250)...)

	rows := 0
	for _, err := range srv.Client().Platform.Runs.All(context.Background(), kneo.RunListParams{Limit: 100}, kneo.WithoutReadAhead()) {
		if err != nil {
			log.Fatal(err)
		}
		if rows++; rows == 100 {
			break
		}
	}
	fmt.Println(rows, "rows,", srv.Calls("ListRuns"), "page")
	// Output: 100 rows, 1 page
}

// A program with little memory would rather have an error than a large answer.
func ExampleWithMaxResponseBytes() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.AddRuns(make([]kneotest.PresetRun, 100)...)

	_, err := srv.Client(kneo.WithMaxResponseBytes(10_000)).Platform.Runs.List(context.Background(), kneo.RunListParams{})
	var tooLarge *kneo.BodyTooLargeError
	if errors.As(err, &tooLarge) {
		fmt.Println("more than", tooLarge.Limit, "bytes")
	}
	// Output: more than 10000 bytes
}

// A program that somebody waits for gives up sooner than the default.
func ExampleWithRetryPolicy() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Operation: "ListSkills", Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)}))
	defer srv.Close()

	client := srv.Client(kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 3, MaxDelay: 100 * time.Millisecond}))
	_, err := client.Agent.Skills.List(context.Background(), kneo.SkillListParams{})
	fmt.Println(errors.Is(err, kneo.ErrUnavailable), srv.Calls("ListSkills"))
	// Output: true 3
}

// Who knows the version saves the client asking for it.
func ExampleWithServerVersion() {
	client, err := kneo.NewClient(kneo.WithURL("https://kneo.example.com"), kneo.WithAPIKey("the-key"), kneo.WithServerVersion("1.1.0"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	_, err = client.Platform.Runs.List(context.Background(), kneo.RunListParams{Q: "out of paper"})
	fmt.Println(err)
	// Output: kneo: GET /v1/runs was not sent: the filter q needs kneo-serv 1.2.0, and this server is 1.1.0
}

// With a server that has what its version does not say, such as a build of your own.
func ExampleWithoutVersionCheck() {
	srv := kneotest.NewServer(kneotest.WithVersion("0.9.0"))
	defer srv.Close()

	client, err := kneo.NewClient(kneo.WithURL(srv.URL), kneo.WithAPIKey(srv.APIKey), kneo.WithoutVersionCheck())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = client.Platform.Runs.List(context.Background(), kneo.RunListParams{Q: "out of paper"})
	fmt.Println(err, srv.Calls("Healthz"))
	// Output: <nil> 0
}

// One call that is not to be repeated.
func ExampleWithCallRetry() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Operation: "ListRuns", Effect: kneotest.ResetBefore()}))
	defer srv.Close()

	_, err := srv.Client().Platform.Runs.List(context.Background(), kneo.RunListParams{}, kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 1}))
	var lost *kneo.NetworkError
	fmt.Println(errors.As(err, &lost), srv.Calls("ListRuns"))
	// Output: true 1
}

// A synchronous run may take as long as it takes, unless somebody says how long. The key of the error finds it again.
func ExampleWithCallTimeout() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Effect: kneotest.Latency(time.Hour)}))
	defer srv.Close()

	_, err := srv.Client().Platform.Runs.Create(context.Background(), kneo.RunCreateRequest{Input: "hello", Spec: agent},
		kneo.WithCallTimeout(10*time.Millisecond), kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 1}), kneo.WithIdempotencyKey("job-7"))
	var lost *kneo.NetworkError
	if errors.As(err, &lost) {
		fmt.Println(lost.Timeout(), lost.Outcome, lost.IdempotencyKey)
	}
	// Output: true unknown job-7
}

// A header for a proxy on the way.
func ExampleWithHeader() {
	srv := kneotest.NewServer()
	defer srv.Close()

	client, ctx := srv.Client(), context.Background()
	page, err := client.Platform.Runs.List(ctx, kneo.RunListParams{}, kneo.WithHeader("X-Team", "billing"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Items), srv.Requests("ListRuns")[0].Header.Get("X-Team"))
	// Output: 0 billing
}

// A look every two seconds, each under a request id that can be found in the platform's log.
func ExampleWithPollInterval() {
	srv := kneotest.NewServer()
	defer srv.Close()

	run, err := srv.Client().Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{Input: "hello", Spec: agent},
		kneo.WithPollInterval(2*time.Second), kneo.WithTerminalStatuses(kneo.RunBlocked), kneo.WithCallOptions(kneo.WithRequestID("nightly-7")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status, srv.Requests("GetRun")[0].RequestID)
	// Output: completed nightly-7
}

// A run that does not move is reported, and goes on being waited for.
func ExampleWithStallAfter() {
	srv := kneotest.NewServer()
	defer srv.Close()
	id := srv.AddRuns(kneotest.PresetRun{Status: kneo.RunRunning})[0]

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := srv.Client().Platform.Runs.WaitForCompletion(ctx, id,
		kneo.WithStallAfter(100*time.Millisecond),
		kneo.WithProgress(func(u kneo.WaitUpdate) {
			if u.Stalled > 0 {
				fmt.Println("it is", u.Run.Status, "and does not move")
				cancel()
			}
		}))
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// it is running and does not move
	// true
}

// Half of the platform's time for noticing the ends of many runs, rather than a quarter.
func ExampleWithServerShare() {
	srv := kneotest.NewServer()
	defer srv.Close()
	ids := srv.AddRuns(make([]kneotest.PresetRun, 500)...)

	completed := 0
	for run, err := range srv.Client().Platform.Runs.WaitAll(context.Background(), ids, kneo.WithServerShare(0.5)) {
		if err != nil {
			log.Fatal(err)
		}
		if run.Status == kneo.RunCompleted {
			completed++
		}
	}
	fmt.Println(completed)
	// Output: 500
}

// A program that was stopped after the first event goes on with the second one.
func ExampleWithTraceOffset() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()

	run, err := client.Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{Input: "hello", Spec: agent})
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range client.Platform.Runs.TailTrace(context.Background(), run.RunID, kneo.WithTraceOffset(1)) {
		fmt.Println(event.Type, err)
	}
	// Output: run_completed <nil>
}

// How long each part of a run took.
func ExampleSpans() {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	events := []kneo.TraceEvent{ // mostly those of TraceAll
		{Type: kneo.EventWorkflowStarted, WorkflowName: "report", Timestamp: start},
		{Type: kneo.EventRunStarted, AgentName: "writer", Timestamp: start.Add(time.Second)},
		{Type: kneo.EventRunCompleted, AgentName: "writer", Timestamp: start.Add(4 * time.Second)},
		{Type: kneo.EventWorkflowCompleted, WorkflowName: "report", Timestamp: start.Add(5 * time.Second)},
	}
	for _, span := range kneo.Spans(events) {
		fmt.Println(span.Name, span.Duration())
	}
	// Output:
	// report 5s
	// writer 3s
}
