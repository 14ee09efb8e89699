package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/kneo-agent/kneo-client-go"

// checkShell says what is wrong with commands: what they name has to be there. Commands that it does not know are wrong, too.
func checkShell(lines []string) (problems []string) {
	text := strings.ReplaceAll(strings.Join(lines, "\n"), "\\\n", " ")
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(strings.TrimSuffix(line, "\n"), " # ")
		for command := range strings.SplitSeq(line, "&&") {
			if problem := checkCommand(strings.Fields(command)); problem != "" {
				problems = append(problems, fmt.Sprintf("%s: %s", strings.TrimSpace(command), problem))
			}
		}
	}
	return problems
}

var assignment = regexp.MustCompile(`^([A-Z_]+)=`)

func checkCommand(words []string) string {
	for len(words) > 0 && (words[0] == "export" || assignment.MatchString(words[0])) {
		if problem := checkVariables(words[0]); problem != "" {
			return problem
		}
		words = words[1:]
	}
	if len(words) == 0 || words[0] == "#" {
		return ""
	}
	switch words[0] {
	case "make":
		return checkMake(words[1:])
	case "go":
		return checkGo(words[1:])
	case "mkdir", "cd", "chmod":
		return ""
	case "git":
		if len(words) > 1 && slices.Contains([]string{"clone", "tag", "push"}, words[1]) {
			return ""
		}
	}
	return "nothing is known of this command"
}

var makeTarget = regexp.MustCompile(`(?m)^([a-z-]+):`)

func checkMake(words []string) string {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		return err.Error()
	}
	targets := makeTarget.FindAllStringSubmatch(string(makefile), -1)
	for _, word := range words {
		switch match := assignment.FindStringSubmatch(word); {
		case match != nil:
			if !strings.Contains(string(makefile), "$("+match[1]+")") {
				return "the Makefile has no use for " + match[1]
			}
		case !slices.ContainsFunc(targets, func(target []string) bool { return target[1] == word }):
			return "the Makefile has no target " + word
		}
	}
	return ""
}

// checkGo looks at the packages that a go command names: folders of this repository, or import paths of this module.
func checkGo(words []string) string {
	if len(words) == 0 || !slices.Contains([]string{"run", "test", "vet", "build", "list", "get", "doc", "mod", "generate", "install"}, words[0]) {
		return "go has no such command, or nothing is known of it"
	}
	if words[0] == "mod" {
		return ""
	}
	for _, word := range words[1:] {
		folder, ok := strings.CutPrefix(word, "./")
		if !ok {
			if folder, ok = strings.CutPrefix(word, module); !ok {
				continue // a flag, or an argument of a program
			}
			folder, _, _ = strings.Cut(folder, "@")
		}
		folder = strings.TrimSuffix(folder, "...")
		if files, _ := filepath.Glob(filepath.Join(root, folder, "*")); files == nil {
			return "there is no folder " + folder
		}
		if _, err := os.Stat(filepath.Join(root, folder, "main.go")); words[0] == "run" && err != nil {
			return "there is no program in " + folder
		}
		if words[0] == "run" {
			break // the rest is the program's
		}
	}
	return ""
}

var variable = regexp.MustCompile(`\bKNEO_[A-Z_]*[A-Z]`)

// checkVariables says which of the variables in a text nothing in this repository reads. Those of the server are its own.
func checkVariables(text string) string {
	for _, name := range variable.FindAllString(text, -1) {
		if !strings.HasPrefix(name, "KNEO_SERV_") && !settings()[name] {
			return "nothing reads " + name
		}
	}
	return ""
}

// settings are the variables of the environment that the code has.
var settings = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, pattern := range []string{"profiles/*.go", "kneo/*.go", "internal/*/*.go", "internal/cmd/*/*.go", "examples/internal/*/*.go", "Makefile"} {
		files, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, file := range files {
			text, _ := os.ReadFile(file)
			for _, name := range variable.FindAllString(string(text), -1) {
				all[name] = true
			}
		}
	}
	return all
})

func TestWrongCommandsAreFound(t *testing.T) {
	for command, wrong := range map[string]bool{
		"make test": false,
		"make drift URL=https://kneo.example.com":            false,
		"make lint test # all of it":                         false,
		"go run ./examples/quickstart hello":                 false,
		"go test ./...":                                      false,
		"cd api && go generate ./...":                        false,
		"export KNEO_URL=http://127.0.0.1:8000":              false,
		"KNEO_API_KEY=x KNEO_SERV_SPEC_ROOT=/ go run .":      false,
		"go get " + module + "/kneo@latest":                  false,
		"go mod edit -replace " + module + "=../kneo":        false,
		"mkdir hello && cd hello && go mod init example.com": false,
		"make tset":                  true,
		"make test NOBODY=1":         true,
		"go run ./examples":          true,
		"go run ./nowhere":           true,
		"go tset ./...":              true,
		"go test ./kneo/nope":        true,
		"go get " + module + "/nope": true,
		"export KNEO_KEY=x":          true,
		"KNEO_UR=x go run .":         true,
		"rm -rf ./kneo":              true,
		"cd api && make nope":        true,
	} {
		if problems := checkShell([]string{command}); (len(problems) > 0) != wrong {
			t.Errorf("%s: %q", command, problems)
		}
	}
}
