package api

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// additions are what the next server could bring: an operation, a parameter of a query, a field of an answer and one of a request, and a value.
var additions = []struct{ before, text string }{
	{"  /v1/livez:\n", `  /v1/moods/{mood}:
    post:
      operationId: SetMood
      tags: [runs]
      summary: sets the mood.
      x-kneo-since: "1.3.0"
      parameters:
        - {name: mood, in: path, required: true, description: "names the mood.", schema: {type: string}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Mood"}}}
      responses:
        "200":
          description: the mood
          content: {application/json: {schema: {$ref: "#/components/schemas/Mood"}}}
        default: {$ref: "#/components/responses/Failure"}

`},
	{"    RunStatus:\n", `    Mood:
      description: is a mood.
      type: object
      properties:
        name: {type: string, description: "names it."}
        strength: {type: integer, description: "says how strong it is."}
      additionalProperties: false

`},
	{"        - {name: limit, in: query, description: \"bounds the rows of the page, 1 to 1000, 100 by default.\"", "        - {name: mood, in: query, description: \"keeps runs of this mood.\", x-kneo-since: \"1.3.0\", schema: {type: string}}\n"},
}

// grown returns the contract of this test: the committed one, and what is added to it.
func grown(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	contract := string(text)
	add := func(before, text string) {
		t.Helper()
		if !strings.Contains(contract, before) {
			t.Fatalf("the contract has no %q any more", before)
		}
		contract = strings.Replace(contract, before, text+before, 1)
	}
	for _, a := range additions {
		add(a.before, a.text)
	}
	run := strings.Index(contract, "    Run:\n")
	properties := run + strings.Index(contract[run:], "      properties:\n") + len("      properties:\n")
	contract = contract[:properties] + "        mood: {type: string, description: \"is its mood.\"}\n" + contract[properties:]
	status := strings.Index(contract, "    RunStatus:\n")
	rest := contract[status:]
	rest = strings.Replace(rest, "enum: [", "enum: [dreaming, ", 1)
	rest = strings.Replace(rest, "x-enum-varnames: [", "x-enum-varnames: [RunDreaming, ", 1)
	return contract[:status] + rest
}

// user is a program that uses what was added, through the client that Raw gives.
const user = `package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Println(r.Method, r.URL)
		switch r.URL.Path {
		case "/v1/healthz":
			fmt.Fprint(w, "{\"ok\":true,\"version\":\"1.3.0\"}")
		case "/v1/moods/calm":
			fmt.Fprint(w, "{\"name\":\"calm\",\"strength\":7}")
		case "/v1/runs":
			fmt.Fprint(w, "{\"runs\":[{\"id\":\"r1\",\"status\":\"dreaming\"}],\"count\":1}")
		default:
			fmt.Fprint(w, "{\"run_id\":\"r1\",\"status\":\"dreaming\",\"mood\":\"calm\"}")
		}
	}))
	defer server.Close()
	client, err := kneo.NewClient(kneo.WithURL(server.URL), kneo.WithAPIKey("key"))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	mood, err := client.Raw().SetMoodWithResponse(ctx, "calm", gen.Mood{Name: "calm", Strength: 3})
	if err != nil || mood.JSON200.Strength != 7 {
		panic(fmt.Sprint(mood, err))
	}
	list, err := client.Raw().ListRunsWithResponse(ctx, &gen.ListRunsParams{Mood: "calm"})
	if err != nil || list.JSON200.Runs[0].Status != gen.RunDreaming {
		panic(fmt.Sprint(list, err))
	}
	run, err := client.Raw().GetRunWithResponse(ctx, "r1")
	if err != nil || run.JSON200.Mood != "calm" || run.JSON200.Status != gen.RunDreaming {
		panic(fmt.Sprint(run, err))
	}
	older, err := kneo.NewClient(kneo.WithURL(server.URL), kneo.WithAPIKey("key"), kneo.WithServerVersion("1.2.0"))
	if err != nil {
		panic(err)
	}
	_, err = older.Raw().ListRunsWithResponse(ctx, &gen.ListRunsParams{Mood: "calm"})
	fmt.Println(err)
}
`

// TestRegenerating grows the contract, generates, and runs a program that uses what came of it: no other line of the library has to
// change for a new operation, parameter, field or value to be used, and to be refused where the server is too old.
func TestRegenerating(t *testing.T) {
	root := t.TempDir()
	library := filepath.Join(root, "library")
	copyLibrary(t, library)
	write(t, filepath.Join(library, "program", "main.go"), user)
	contract := filepath.Join(root, "openapi.yaml")
	write(t, contract, grown(t))
	generate(t, contract, library)

	cmd := exec.CommandContext(t.Context(), "go", "run", "./program")
	cmd.Dir = library
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "KNEO_PROFILE=")
	out, err := cmd.CombinedOutput()
	const want = `GET /v1/healthz
POST /v1/moods/calm
GET /v1/runs?mood=calm
GET /v1/runs/r1
kneo: GET /v1/runs was not sent: the filter mood needs kneo-serv 1.3.0, and this server is 1.2.0
`
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s", err, out)
	}
}

// copyLibrary copies what a user of package kneo compiles of this module, its tests left out.
func copyLibrary(t *testing.T, library string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.Dir}}{{end}}{{end}}", "./kneo")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum")}
	for folder := range strings.Lines(string(out)) {
		sources, err := filepath.Glob(filepath.Join(strings.TrimSpace(folder), "*.go"))
		if err != nil || sources == nil {
			t.Fatal(folder, err)
		}
		files = append(files, sources...)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(library, name), string(text))
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
