package docs_test

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestErrorsHasAll: every error type, sentinel and code has a row in errors.md.
func TestErrorsHasAll(t *testing.T) {
	text, err := os.ReadFile("errors.md")
	if err != nil {
		t.Fatal(err)
	}
	api := loadAPI(t)
	failure := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	rows := 0
	for _, name := range []string{"kneo", "profiles"} {
		scope := api.packages[name].Scope()
		for _, object := range scope.Names() {
			_, isType := scope.Lookup(object).(*types.TypeName)
			row := ""
			switch {
			case strings.HasPrefix(object, "Err") && !isType:
				row = "| `" + name + "." + object + "` |"
			case strings.HasPrefix(object, "Code"):
				row = "| `" + strings.Trim(scope.Lookup(object).(*types.Const).Val().ExactString(), `"`) + "` |"
			case isType && types.Implements(types.NewPointer(scope.Lookup(object).Type()), failure) && scope.Lookup(object).Exported():
				row = "| `*" + name + "." + object + "` |"
			default:
				continue
			}
			rows++
			if !strings.Contains(string(text), "\n"+row) {
				t.Errorf("errors.md has no row that begins %s", row)
			}
		}
	}
	if rows < 45 {
		t.Errorf("only %d errors found", rows)
	}
}

func Example_tellApart() {
	play(func(ctx context.Context, client *kneo.Client) error {
		id := "no-such-run"
		//docs:show
		run, err := client.Platform.Runs.Get(ctx, id)
		var (
			refused  *kneo.Error
			silence  *kneo.NetworkError
			stranger *kneo.ProtocolError
		)
		switch {
		case err == nil:
			fmt.Println(run.Status)
		case errors.Is(err, kneo.ErrNotFound):
			fmt.Println("there is no such run, or it was pruned")
		case errors.As(err, &refused):
			fmt.Println("the platform said no:", refused.StatusCode, refused.Code, refused.Message)
		case errors.As(err, &silence):
			fmt.Println("nobody answered at", silence.Host, "in", silence.Attempts, "attempts:", silence.Err)
		case errors.As(err, &stranger):
			fmt.Println("somebody answered who is not the platform:", stranger.Err)
		default:
			fmt.Println("nothing was sent:", err)
		}
		//docs:hide
		return nil
	})
	// Output: there is no such run, or it was pruned
}

func Example_errorText() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.Inject(kneotest.Fault{Operation: "CreateRun", Effect: kneotest.Answer(http.StatusBadGateway, 0)})
	client := srv.Client(kneo.WithURL("https://kneo.example.com"), kneo.WithHTTPClient(&http.Client{Transport: srv.Transport()}))
	_, err := client.Platform.Runs.Create(context.Background(), kneo.RunCreateRequest{Spec: spec}, kneo.WithRequestID("req-7"),
		kneo.WithIdempotencyKey("key-7"), kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 3}))
	fmt.Println(err)
	// Output:
	// kneo: POST /v1/runs: 502: Bad Gateway (kneo.example.com, 3 attempts, request id req-7, idempotency key key-7); it may have taken effect: repeat it with the same idempotency key, or look before you repeat it
}

func Example_errorDetails() {
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		_, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: strings.Repeat("x", 20_001), Spec: spec, AsyncMode: true})
		var e *kneo.Error
		if errors.Is(err, kneo.ErrValidation) && errors.As(err, &e) {
			for _, field := range e.Details.Fields {
				fmt.Println(field.Path, field.Type)
			}
		}
		_, err = client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Spec: map[string]any{"version": "v1"}})
		if errors.As(err, &e) && e.Code == kneo.CodeSpecInvalid {
			for _, d := range e.Details.Diagnostics {
				fmt.Println(d.Severity, d.Code)
			}
		}
		//docs:hide
		return nil
	})
	// Output:
	// body.input value_error
	// error E_SCHEMA
}
