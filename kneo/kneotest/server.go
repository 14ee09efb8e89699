package kneotest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/platformapi"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// Version is the version of the real server that this one behaves like.
const Version = "1.2.0"

// Server is a platform in this process. Start one with [NewServer].
type Server struct {
	URL    string // where it listens; of a server without sockets a name that only its Transport knows
	APIKey string // of an admin, who may do anything

	settings
	handler http.Handler
	http    *httptest.Server // nil without sockets

	traffic  traffic // without sockets
	requests requestLog
	faults   faultList

	ctx    context.Context // ends the runs
	cancel context.CancelFunc
	work   sync.WaitGroup // runs that are at work

	mu       sync.Mutex
	runs     map[string]*run
	order    []*run // as they were made
	tasks    map[string]*task
	outcomes map[string]*outcome
	policies map[string]gen.EnvironmentPolicy
	events   []object // of the audit
}

// mount is the path of a server without sockets.
const mount = "/kneotest"

// NewServer starts a platform on a free port of the loopback interface, or none with [WithoutSockets]. Close it, or give it
// [WithCleanup]. Nil options are ignored.
func NewServer(opts ...Option) *Server {
	s := &Server{
		settings: defaultSettings(), runs: map[string]*run{}, tasks: map[string]*task{}, outcomes: map[string]*outcome{},
		policies: map[string]gen.EnvironmentPolicy{},
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&s.settings)
		}
	}
	if s.APIKey = s.adminKey; s.APIKey == "" {
		s.APIKey = "kneotest-" + uuid.NewString()
	}
	s.keys[s.APIKey] = principal{name: "admin", roles: []string{"admin"}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.handler = s.front(s.gate(platformapi.Handler(&api{s})))
	for _, f := range s.initialFaults {
		s.Inject(f)
	}
	s.URL = "http://localhost" + mount
	if !s.noSockets {
		s.http = httptest.NewServer(s.handler)
		s.URL = s.http.URL
	}
	if s.cleanup != nil {
		s.cleanup(s.end)
	}
	return s
}

// Close ends the server and its runs, and waits for both. It may be called more than once.
func (s *Server) Close() {
	s.cancel()
	if s.http != nil {
		s.http.Close()
	}
	s.traffic.close()
	s.work.Wait()
}

// Client returns a client of this server, with the admin's key unless the options say otherwise. The client is told the server's version,
// and so does not ask for it. Client panics if the options make no sense, so that the test fails at once.
func (s *Server) Client(opts ...kneo.Option) *kneo.Client {
	base := []kneo.Option{
		kneo.WithResolvedProfile(profiles.Profile{Name: "kneotest", URL: s.URL, APIKey: profiles.NewSecret(s.APIKey)}),
		kneo.WithServerVersion(s.version), // so that it asks for nothing but what the test does
	}
	if s.http == nil {
		base = append(base, kneo.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	}
	client, err := kneo.NewClient(append(base, opts...)...)
	if err != nil {
		panic(fmt.Sprintf("kneotest: %v", err))
	}
	return client
}

// ServeHTTP answers a request, for programs that put the platform behind their own server.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
