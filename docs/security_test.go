package docs_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

func Example_secret() {
	defer useFile(twoProfiles)()
	//docs:show
	profile, err := profiles.Load("staging")
	if err != nil {
		slog.Error("no profile", "err", err)
	}
	fmt.Printf("%v %q %+v\n", profile.APIKey, profile.APIKey, struct{ Key profiles.Secret }{profile.APIKey})
	sendToVault(profile.APIKey.Reveal()) // the only way to read it
	// Output: [redacted] [redacted] {Key:[redacted]}
}

func sendToVault(string) {}

func Example_insecure() {
	defer useFile("")()
	//docs:show
	_, err := kneo.NewClient(kneo.WithURL("http://kneo.internal:8000"), kneo.WithAPIKey("the-key"))
	var insecure *kneo.InsecureURLError
	fmt.Println(errors.As(err, &insecure))
	// Output: true
}

func Example_redirect() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.Inject(kneotest.Fault{Effect: func(http.Handler) http.Handler {
		return http.RedirectHandler("https://login.example.com/?next=kneo", http.StatusFound)
	}})
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		_, err := client.Platform.Runs.List(ctx, kneo.RunListParams{})
		var redirect *kneo.RedirectError
		if errors.As(err, &redirect) {
			fmt.Println("not followed:", redirect.StatusCode, redirect.Host)
		}
		//docs:hide
		return nil
	})
	// Output: not followed: 302 login.example.com
}

func Example_transport() {
	defer useFile(twoProfiles)()
	authority := httptest.NewTLSServer(nil)
	authority.Close()
	caFile, remove := inFolder("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw})))
	defer remove()
	example := func() error {
		//docs:show
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s has no certificate", caFile)
		}
		transport := kneo.NewTransport()
		transport.TLSClientConfig.RootCAs = pool
		transport.Proxy = nil // none, whatever the environment says
		client, err := kneo.NewClient(kneo.WithHTTPClient(&http.Client{Transport: transport}))
		//docs:hide
		if err != nil {
			return err
		}
		return client.Close()
	}
	fmt.Println(example())
	// Output: <nil>
}

func Example_logger() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.Inject(kneotest.Fault{Operation: "GetRun", Count: 1, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)})
	quiet := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "pause" {
			return slog.Attr{}
		}
		return a
	}
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: quiet})
	//docs:show
	logger := kneo.WithLogger(slog.New(handler))
	//docs:hide
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		_, _ = client.Platform.Runs.Get(ctx, "run-7", kneo.WithRequestID("req-7"))
		return nil
	}, logger)
	// Output: level=INFO msg="kneo: trying again" method=GET route=/v1/runs/{run_id} attempt=1 status=503 request_id=req-7
}
