package kneotest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

var job = kneo.RunCreateRequest{Input: "hello", Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}}

// The first answer gets lost after the platform has made the run. The client asks again under the same idempotency key.
func ExampleServer_Inject() {
	srv := kneotest.NewServer()
	defer srv.Close()
	remove := srv.Inject(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.ResetAfter()})
	defer remove()

	client := srv.Client()
	if _, err := client.Platform.Runs.Create(context.Background(), job); err != nil {
		log.Fatal(err)
	}
	page, err := client.Platform.Runs.List(context.Background(), kneo.RunListParams{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(srv.Calls("CreateRun"), "requests,", page.Total, "run")
	// Output: 2 requests, 1 run
}

// A fault from the beginning on, for one request in ten, always the same ones.
func ExampleWithFault() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Share: 0.1, Effect: kneotest.ResetBefore()}))
	defer srv.Close()

	client := srv.Client()
	for range 100 {
		if _, err := client.Agent.Skills.List(context.Background(), kneo.SkillListParams{}); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(srv.Calls("ListSkills"), "requests for 100 calls")
	// Output: 109 requests for 100 calls
}

// Match narrows a fault down, here to what one user of the platform sends.
func ExampleFault() {
	srv := kneotest.NewServer(kneotest.WithKey("nightly", "nightly-key", "service"))
	defer srv.Close()
	srv.Inject(kneotest.Fault{
		Match:  func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer nightly-key" },
		Effect: kneotest.Answer(http.StatusTooManyRequests, time.Hour),
	})

	for _, key := range []string{srv.APIKey, "nightly-key"} {
		_, err := srv.Client(kneo.WithAPIKey(key)).Agent.Skills.List(context.Background(), kneo.SkillListParams{})
		fmt.Println(errors.Is(err, kneo.ErrRateLimited))
	}
	// Output:
	// false
	// true
}

// An effect is middleware: this one has the platform forget to say which request it answers.
func ExampleEffect() {
	noID := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("X-Request-Id")
			next.ServeHTTP(w, r)
		})
	}
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: noID}))
	defer srv.Close()

	var info *kneo.Response
	_, err := srv.Client().Platform.Health.Livez(context.Background(), kneo.WithRequestID("mine"), kneo.WithResponse(&info))
	fmt.Println(info.Header.Get("X-Request-Id") == "mine", err)
	// Output: false <nil>
}

func ExampleEffects() {
	slowAndDown := kneotest.Effects(kneotest.Latency(10*time.Millisecond), kneotest.Answer(http.StatusServiceUnavailable, 0))
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: slowAndDown}))
	defer srv.Close()

	start := time.Now()
	_, err := srv.Client().Platform.Health.Readyz(context.Background())
	fmt.Println(errors.Is(err, kneo.ErrUnavailable), time.Since(start) >= 10*time.Millisecond)
	// Output: true true
}

func ExampleLatency() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: kneotest.Latency(time.Hour)}))
	defer srv.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := srv.Client().Platform.Runs.Create(ctx, job)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleAnswer() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: kneotest.Answer(http.StatusServiceUnavailable, time.Hour)}))
	defer srv.Close()

	var failure *kneo.Error
	_, err := srv.Client().Platform.Runs.Create(context.Background(), job)
	fmt.Println(errors.As(err, &failure))
	fmt.Println(failure.Code, failure.RetryAfter)
	// Output:
	// true
	// store_unavailable 1h0m0s
}

func ExampleAnswerWith() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{
		Count: 1, Effect: kneotest.AnswerWith(http.StatusBadGateway, "text/html", "<h1>502 Bad Gateway</h1>"),
	}))
	defer srv.Close()

	_, err := srv.Client().Platform.Runs.Create(context.Background(), job)
	fmt.Println(srv.Calls("CreateRun"), err)
	// Output: 2 <nil>
}

func ExampleResetBefore() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Effect: kneotest.ResetBefore()}))
	defer srv.Close()

	_, err := srv.Client(kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 1})).Platform.Runs.Create(context.Background(), job)
	fmt.Println(errors.Is(err, syscall.ECONNRESET))
	// Output: true
}

func ExampleResetAfter() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Effect: kneotest.ResetAfter()}))
	defer srv.Close()

	client := srv.Client(kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 1}))
	_, err := client.Platform.Runs.Create(context.Background(), job)
	fmt.Println(errors.Is(err, syscall.ECONNRESET))
	for run, err := range client.Platform.Runs.All(context.Background(), kneo.RunListParams{}) {
		fmt.Println("but it is there:", run.Status, err)
	}
	// Output:
	// true
	// but it is there: completed <nil>
}

func ExampleHalfBody() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: kneotest.HalfBody()}))
	defer srv.Close()

	_, err := srv.Client().Platform.Health.Livez(context.Background())
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
	// Output: true
}

func ExampleSlowBody() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: kneotest.SlowBody(time.Hour)}))
	defer srv.Close()

	_, err := srv.Client().Platform.Health.Livez(context.Background(), kneo.WithCallTimeout(10*time.Millisecond))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleContentType() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: kneotest.ContentType("text/html")}))
	defer srv.Close()

	var protocol *kneo.ProtocolError
	_, err := srv.Client().Platform.Health.Livez(context.Background())
	fmt.Println(errors.As(err, &protocol))
	// Output: true
}

func ExampleGarbage() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Effect: kneotest.Garbage()}))
	defer srv.Close()

	var protocol *kneo.ProtocolError
	_, err := srv.Client().Platform.Health.Livez(context.Background())
	fmt.Println(errors.As(err, &protocol))
	// Output: true
}

func ExampleServer_Requests() {
	srv := kneotest.NewServer()
	defer srv.Close()

	if _, err := srv.Client().Platform.Runs.List(context.Background(), kneo.RunListParams{Status: kneo.RunFailed, Limit: 5}); err != nil {
		log.Fatal(err)
	}
	for _, r := range srv.Requests("ListRuns") {
		fmt.Println(r.Method, r.Path, r.Query.Encode(), r.Principal, r.Status)
	}
	// Output: GET /v1/runs limit=5&status=failed admin 200
}

// What a test does to prepare does not count.
func ExampleServer_ResetRequests() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	if err := client.Check(context.Background()); err != nil {
		log.Fatal(err)
	}
	srv.ResetRequests()

	_, _ = client.Agent.Skills.List(context.Background(), kneo.SkillListParams{})
	fmt.Println(srv.Calls(""))
	// Output: 1
}

// failedTest stands for the *testing.T of a test that failed.
type failedTest struct {
	cleanup func()
	log     string
}

func (t *failedTest) Cleanup(f func())                { t.cleanup = f }
func (*failedTest) Failed() bool                      { return true }
func (t *failedTest) Logf(format string, args ...any) { t.log += fmt.Sprintf(format, args...) }

// A test that failed tells in its log what was asked of the platform.
func ExampleWithCleanup() {
	t := new(failedTest) // a *testing.T
	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	_, _ = srv.Client().Platform.Health.Livez(context.Background())

	t.cleanup()
	fmt.Println(t.log[:len("kneotest: the last 1 of 1 requests:")])
	fmt.Println(strings.Contains(t.log, "GET /v1/livez 200 request "))
	// Output:
	// kneotest: the last 1 of 1 requests:
	// true
}
