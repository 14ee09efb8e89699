//go:build unix

package realplatform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Options say which server is started and how.
type Options struct {
	Version    string   // DefaultVersion if empty
	AdminKey   string   // the key of an admin; without any key the server asks for none
	Keys       string   // further keys, as KNEO_SERV_API_KEYS has them: name:key:role[,role];...
	Store      string   // folder of its data; a temporary one if empty
	Env        []string // further variables, NAME=VALUE
	PythonPath string   // folder of importable step functions
}

// Server is a server that runs.
type Server struct {
	URL string

	options   Options
	venv      string
	temporary bool
	address   string
	process   *exec.Cmd
	ended     chan struct{} // closed when the process has ended
}

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 10 * time.Second
)

// Start installs the server if need be, starts it on a free port of the loopback interface, and waits until it is ready. Stop
// it; it ends with this process at the latest.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	venv, err := Install(ctx, o.Version)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, venv: venv}
	if o.Store == "" {
		if s.options.Store, err = os.MkdirTemp("", "kneo-platform-"); err != nil {
			return nil, err
		}
		s.temporary = true
	}
	if s.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	s.URL = "http://" + s.address
	if err := s.Restart(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// freeAddress finds a port that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Restart starts a server that was stopped or killed, at the same address and on the same data.
func (s *Server) Restart(ctx context.Context) error {
	log, err := os.Create(s.logPath())
	if err != nil {
		return err
	}
	defer log.Close()
	_, port, _ := net.SplitHostPort(s.address)
	s.process = exec.Command(filepath.Join(s.venv, "bin", "kneo"), "service", "serve", "--host", "127.0.0.1", "--port", port) //nolint:gosec,noctx // outlives the context of its start
	s.process.Dir, s.process.Env, s.process.Stdout, s.process.Stderr = s.options.Store, s.environment(), log, log
	s.process.SysProcAttr = dieWithParent()
	if err := s.process.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func(process *exec.Cmd, ended chan struct{}) {
		_ = process.Wait()
		close(ended)
	}(s.process, s.ended)
	return s.awaitReady(ctx)
}

// environment is ours without the variables of the platform and its clients.
func (s *Server) environment() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "KNEO_") && !strings.HasPrefix(variable, "PYTHONPATH=") {
			env = append(env, variable)
		}
	}
	if s.options.AdminKey != "" {
		env = append(env, "KNEO_SERV_AUTH_ENABLED=1", "KNEO_SERV_ADMIN_API_KEY="+s.options.AdminKey)
	}
	if s.options.Keys != "" {
		env = append(env, "KNEO_SERV_AUTH_ENABLED=1", "KNEO_SERV_API_KEYS="+s.options.Keys)
	}
	if s.options.PythonPath != "" {
		env = append(env, "PYTHONPATH="+s.options.PythonPath)
	}
	return append(env, s.options.Env...)
}

// awaitReady waits until the server, and not another one on its port, says that it is ready.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		log, _ := os.ReadFile(s.logPath())
		if bytes.Contains(log, []byte("Uvicorn running on "+s.URL)) && s.ready(ctx) {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("realplatform: kneo-serv %s ended by itself; its log says:\n%s", s.options.Version, s.Log())
		case <-ctx.Done():
			return fmt.Errorf("realplatform: kneo-serv %s did not get ready; its log says:\n%s", s.options.Version, s.Log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/readyz", nil)
	if err != nil {
		return false
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy
	resp, err := direct.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

func (s *Server) logPath() string { return filepath.Join(s.options.Store, "serve.log") }

// PID returns the id of the server's process, which is another one after [Server.Restart].
func (s *Server) PID() int { return s.process.Process.Pid }

// Log returns the end of the server's log.
func (s *Server) Log() string {
	log, _ := os.ReadFile(s.logPath())
	return string(log[max(0, len(log)-4096):])
}

// Kill ends the server as a crash would. [Server.Restart] takes its data up again.
func (s *Server) Kill() {
	_ = s.process.Process.Kill()
	<-s.ended
}

// Stop ends the server and removes its data, if they are temporary. It gives it ten seconds to end by itself.
func (s *Server) Stop() error {
	if s.process != nil && s.process.Process != nil {
		_ = s.process.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.ended:
		case <-time.After(stopTimeout):
			s.Kill()
		}
	}
	if s.temporary {
		return os.RemoveAll(s.options.Store)
	}
	return nil
}
