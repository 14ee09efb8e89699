// Package casebook has the cases that the client must stand, by name, and lets tests say what they measured for one: `make reliability`
// makes the report of that.
package casebook

import (
	"encoding/json"
	"fmt"
	"testing"
)

// Case is something that goes wrong, and what the client must then do.
type Case struct {
	Name  string
	Limit string
	Tests []string // those of packages kneo, profiles and internal/wire that hold it; none if what holds it says so by [Report]
}

// Group is the cases of one subject.
type Group struct {
	Title string
	Cases []Case
}

// Groups is all cases, in the order of the report.
var Groups = []Group{
	{"Exactly once", []Case{
		{"exactly-once-5000", "5,000 creates, 32 at a time, a tenth of the connections reset before and a tenth after the platform answered: 5,000 runs, at most 1.30 requests per create, 99 % within 0.5 s", nil},
		{"exactly-once-platform", "600 creates on the real server, the same faults: 600 runs", nil},
		{"exactly-once-midbody", "1,000 creates, 10 % of the answers cut off in the middle, 5 % shorter than announced: 1,000 runs", nil},
		{"history-check", "2,000 creates, gets and cancels under faults: what the client says about each is true on the platform, 0 violations", nil},
		{"key-constant", "all attempts of a call have the same key, and every call has a different one", nil},
		{"error-carries-key", "every error of a create names its key, and a replay with that key returns the existing run", nil},
		{"in-progress-20s", "409 in progress 20 times, then the answer: the run, in 21 requests", nil},
		{"slow-sync", "a synchronous create that takes 8 s: the run, in one request", nil},
		{"no-retry-500-post", "500 to a POST: one request; to a GET: at most 8", nil},
		{"wire-count", "the client knows about every request: it counts as many as the server, including those on stale connections", nil},
		{"kill-9", "the real server is killed during 300 creates and restarted on its data: 300 calls return, each with a run that exists", nil},
	}},
	{"Load", []Case{
		{"outage-200", "200 simultaneous calls get 503: at most 1.10 requests per call", nil},
		{"outage-2000", "2,000 simultaneous calls get 503: at most 1.02 requests per call", nil},
		{"storm-429-ra0", "200 simultaneous calls get 429 with Retry-After 0: at most 1.10 requests per call, retries at least 20 ms apart on average", nil},
		{"outage-rst", "200 simultaneous calls get resets: at most 1.10 requests per call, no error without a message, each says that the effect is unknown", nil},
		{"recovery", "the first call after an outage of 2 s is answered, and after 140 answers all retries are available again", nil},
		{"budget-4xx", "500 refusals with 422 do not use up the retries of other calls", nil},
		{"partial-20", "503 to a fifth of the requests of 5,000 calls: all are answered", nil},
		{"partial-50", "503 to half of the requests: at most 1.25 requests per call", nil},
		{"jitter", "pauses are spread evenly, and 1,000 clients that failed together send at most 170 retries in any 10 ms", []string{"TestJitter"}},
		{"pool", "320 calls, 16 at a time, 20 of which fail: at most 20 connections", nil},
		{"idle-stale", "20 calls with pauses of 6 s, and a server that closes idle connections after 5 s: no error, no extra request", nil},
	}},
	{"Time", []Case{
		{"drip-body", "a body that comes byte by byte for 20 s, a timeout of 2 s per request and of 5 s in all: the error within 5.05 s", nil},
		{"drip-headers", "the same with the header", nil},
		{"hang", "the same with no answer at all", nil},
		{"drip-503", "the same with the body of a 503", nil},
		{"cancel-anywhere", "a call that is cancelled before it is sent, or during the dial, the header, the body or a pause: it returns within 50 ms, 100 times out of 100", []string{"TestCancelAnywhere"}},
		{"retry-after-15", "15 values of Retry-After, among them huge, negative, past and junk ones: never below the ordinary pause, never above 30 s", []string{"TestRetryAfter", "TestParseRetryAfter"}},
		{"clock-jump", "the clock of the client or the server is off by an hour or a year: the pauses are the same", []string{"TestClockJump"}},
		{"poll-deadline", "a wait of 1 s for a run on a platform that hangs, or sends byte by byte: it returns within 1.05 s", nil},
		{"poll-outage", "503 for 3 s during a wait of 10 s: the run", nil},
		{"poll-rate", "a poll interval of 0 for 1 s: at most 11 requests", nil},
		{"poll-states", "every status that exists and some that do not: each gives the right result, and no wait misses the end of its run", []string{"TestWaitEndsAtEachTerminalStatus", "TestWaitGoesOnWhileBlockedOrUnknown", "TestWaitEndsAtOnceOnWhatDoesNotPass"}},
	}},
	{"Below HTTP", []Case{
		{"slow-network", "200 creates, every piece of an answer 20 to 180 ms late: 200 runs", nil},
		{"narrow-network", "the same at 20 KB per second and connection", nil},
		{"small-packets", "the same, answers in pieces of 1 to 19 bytes", nil},
		{"cut-connections", "the same, 30 % of the connections end after 700 bytes of answers, in the middle of a line", nil},
		{"reset-connections", "the same, 30 % of the connections are reset after 20 ms", nil},
		{"swallowing-network", "the same, 30 % of the connections deliver nothing and stay open; a timeout of 0.5 s per request", nil},
		{"unclosed-connections", "the same, but connections are closed two seconds late", nil},
	}},
	{"Memory and bad input", []Case{
		{"bomb-1GiB", "1 MB that decompresses to 1 GiB: an error, at most 64 MiB more memory", nil},
		{"big-plain", "512 MiB, with and without a Content-Length: an error, at most 64 MiB more memory", nil},
		{"big-error", "a message of 64 MiB: an error of at most 1,200 bytes", nil},
		{"body-40", "40 bodies that are not what they should be: each gives the right result, never silently a zero value", []string{"TestBody40"}},
		{"deep-100k", "JSON 100,000 levels deep: an error, at once", []string{"TestDeep100k"}},
		{"wire-13", "13 answers that are not HTTP: one of the client's errors, at most 8 attempts", []string{"TestWire13"}},
		{"fuzz", "fuzzing of all parsers that read outside data: no crash, no text above 1,200 bytes", []string{"FuzzDecode", "FuzzErrorBody", "FuzzRetryAfter", "FuzzTrace", "FuzzProfile"}},
	}},
	{"Secrets", []Case{
		{"redirect-matrix", "80 kinds of redirect: nobody else gets a request", []string{"TestRedirectMatrix"}},
		{"key-nowhere", "six secrets are searched for in everything that is printed, in every way: not found", []string{"TestKeyNowhere", "TestKeyNowhereInTheSuite"}},
		{"http-refused", "12 addresses without TLS: refused before a request, and the message shows no secret", []string{"TestHTTPRefused"}},
		{"inject", "20 keys, ids and headers with control characters: refused before a request", []string{"TestInject"}},
		{"profile-perms", "a profile that others can read is reported, one of another owner is refused; a written one has mode 0600, and survives a crash", []string{"TestProfilePerms"}},
		{"proxy-env", "HTTP_PROXY is set: calls to loopback bypass the proxy, and with https it sees no key", []string{"TestProxyEnv"}},
	}},
	{"Hygiene", []Case{
		{"leaks", "10,000 cancelled calls: goroutines, file descriptors and heap are as before", []string{"TestLeaks"}},
		{"race", "64 goroutines on one client whose key changes, under the race detector: no report", []string{"TestSetAPIKey"}},
		{"vuln", "vet and staticcheck find nothing; every condition of the retry decision is covered by a test", []string{"TestSettlePause"}},
		{"soak", "64 goroutines, a tenth of the requests fail: goroutines, file descriptors and heap end at the level where they began", nil},
	}},
}

// The subjects that are measured.
const (
	Ours   = "ours"
	Plain  = "plain"  // go-retryablehttp as it comes
	Python = "python" // the Python client
)

// AttributeKey is the key of the attribute under which `go test -json` gives a [Figure].
const AttributeKey = "reliability"

// Figure is what was measured for a case.
type Figure struct {
	Case string `json:"case"`
	Who  string `json:"who"`
	Text string `json:"text"`
}

// Report says what a test has measured for a case.
func Report(t testing.TB, name, who, format string, args ...any) {
	t.Helper()
	if !known(name) {
		t.Fatalf("there is no case %q", name)
	}
	text := fmt.Sprintf(format, args...)
	value, err := json.Marshal(Figure{name, who, text})
	if err != nil {
		t.Fatal(err)
	}
	t.Attr(AttributeKey, string(value))
}

func known(name string) bool {
	for _, g := range Groups {
		for _, c := range g.Cases {
			if c.Name == name {
				return true
			}
		}
	}
	return false
}
