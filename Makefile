# What there is to do in this repository. `make help` lists it.

GO        ?= go
MODULES   := . api api/drift bench kneo/kneootel kneo/kneootel/test
VERSIONS  := 0.2.2 0.3.0 0.4.0 0.5.0 0.6.0 0.7.0 0.8.0 0.9.0 0.10.0 0.11.0 0.12.0 1.0.0 1.1.0 1.2.0
FUZZTIME  ?= 10s
LINT      := $(GO) tool -modfile=tools/go.mod golangci-lint

# Every target is a command; none is a file.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*##.*/\1/p' Makefile)

##@ Reading
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

##@ Testing
test: ## all tests that need neither Python nor a network
	$(GO) test ./...
	cd api && $(GO) test ./...
	cd api/drift && $(GO) test ./...
	cd bench && $(GO) test ./...
	cd kneo/kneootel && $(GO) test ./...
	cd kneo/kneootel/test && $(GO) test ./...

race: ## the same under the race detector
	$(GO) test -race ./...
	cd kneo/kneootel && $(GO) test -race ./...
	cd kneo/kneootel/test && $(GO) test -race ./...

cover: ## which lines the tests reach; opens nothing, writes coverage.out
	$(GO) test -coverpkg=./gen,./internal/wire,./kneo,./profiles -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -1

fuzz: ## every fuzz test for FUZZTIME each
	./.ci/fuzz $(FUZZTIME)

mutate: ## what the tests do not notice of changes to the retry decision, the redaction and the error mapping; takes about ten minutes
	$(GO) run ./internal/cmd/mutate -known internal/cmd/mutate/equivalent.txt ./kneo \
	  retry_decision.go retry_backoff.go retry_budget.go retry.go redact.go errors_map.go conclude.go

vuln: ## which known vulnerabilities the library can reach; fails for those of its dependencies
	$(GO) mod verify
	$(GO) run ./internal/cmd/vuln

oldest: ## the tests of what users import with the oldest Go that go.mod allows, which is downloaded
	GOTOOLCHAIN=go$$($(GO) list -m -f '{{.GoVersion}}') $(GO) test ./gen ./internal/wire ./kneo/... ./profiles

portable: ## whether it compiles for Windows, macOS and 32 bits, and whether numbers are read right on 32 bits, where this machine can run that
	for os in windows darwin; do GOOS=$$os $(GO) vet ./... || exit 1; done
	GOARCH=386 $(GO) vet ./...
	[ "$$($(GO) env GOHOSTOS)/$$($(GO) env GOHOSTARCH)" != linux/amd64 ] || GOARCH=386 $(GO) test ./internal/wire ./profiles

integration: ## README.md, the examples and the conformance cases with a real kneo-serv, which it installs (needs Python >= 3.12)
	$(GO) run ./internal/cmd/platform ./.ci/newcomer
	KNEO_AUTH_SCHEME=bearer $(GO) run ./internal/cmd/platform $(GO) run ./examples/quickstart
	KNEO_AUTH_SCHEME=kneo_api_key $(GO) run ./internal/cmd/platform ./.ci/examples
	$(GO) test -tags platform -count=1 -run Platform ./...

conformance: ## the conformance cases against kneotest and a real kneo-serv, and how many there are
	$(GO) test -tags platform -count=1 -v -skip Restart ./internal/conformance | ./.ci/count

reliability: ## the cases of what can break, beside the Python client and go-retryablehttp, into docs/reliability.md; takes about twenty minutes (needs Python >= 3.12)
	$(GO) run ./internal/cmd/reliability -o docs/reliability.md

reliability-check: ## the same under the race detector, without the others, with a short soak, and without writing anything
	$(GO) run ./internal/cmd/reliability -race -peers=false -soak 20s

matrix: ## the conformance cases against the six versions of kneo-serv around which it changed, into docs/compatibility.md (needs Python >= 3.12)
	$(GO) run ./internal/cmd/matrix

matrix-all: ## the same against all published versions
	$(GO) run ./internal/cmd/matrix -all

drift: ## in what the server at URL has another API than openapi.yaml; its own status is 0 same, 1 more, 2 less or otherwise
	@cd api/drift && $(GO) build -o drift . && trap 'rm -f drift' EXIT && ./drift $(URL)

drift-check: ## what drift says of two real servers: that it is the contract, and what it lacked before (needs Python >= 3.12)
	$(GO) run ./internal/cmd/platform sh -c '$(MAKE) --no-print-directory drift URL=$$KNEO_URL'
	$(GO) run ./internal/cmd/platform -version 1.1.0 sh -c '$(MAKE) --no-print-directory drift URL=$$KNEO_URL 2>/dev/null; true' | diff api/drift/testdata/1.1.0.txt -

bench: ## what a call costs, beside net/http and other clients, into docs/performance.md; takes about ten minutes (needs Python >= 3.12)
	cd bench && $(GO) run ./calls -o ../docs/performance.md $(BENCHFLAGS)

pictures-check: ## whether Graphviz and Mermaid read what kneoview writes (needs Node.js >= 20)
	cd tools/pictures && npm ci --omit=dev --no-audit --no-fund --loglevel=error
	node tools/pictures/check.mjs kneo/kneoview/testdata docs/pictures

otel-collector: ## spans and metrics by OTLP to a real OpenTelemetry Collector, which it builds
	cd kneo/kneootel/test && $(GO) test -tags collector -count=1 -run Collector .

bench-kneotest: ## how soon the emulator is there, and what it serves beside a bare handler
	$(GO) test -run '^$$' -bench . ./kneo/kneotest

bench-wait: ## how late waits are and what they cost, on kneotest and on a real kneo-serv; takes about seven minutes (BENCHFLAGS: see bench/wait)
	cd bench && $(GO) run ./wait $(BENCHFLAGS)

##@ Writing
docs: ## the pages, into which it copies the code and the output of the Go files beside them, and the comments of the types that kneo takes from gen; then tests all that the pages say
	$(GO) test ./docs -run 'TestBlocks|TestAliases' -update
	$(GO) test ./docs

hooks: ## has git run .githooks/pre-commit before each commit: what CI would say of it, as far as that takes seconds
	git config core.hooksPath .githooks

lint: ## vet, staticcheck and the rest of .golangci.yml
	$(LINT) run ./...
	cd api && $(GO) vet ./...
	cd api/drift && $(GO) tool -modfile=../../tools/go.mod golangci-lint run ./...
	cd bench && $(GO) tool -modfile=../tools/go.mod golangci-lint run ./...
	cd kneo/kneootel && $(GO) tool -modfile=../../tools/go.mod golangci-lint run ./...
	cd kneo/kneootel/test && $(GO) tool -modfile=../../../tools/go.mod golangci-lint run ./...
	cd kneo/kneootel/test/collector && $(GO) tool -modfile=../../../../tools/go.mod golangci-lint run ./...

generate: ## the generated code from openapi.yaml
	cd api && $(GO) generate ./...

generate-check: generate ## fails when the generated code is not that of openapi.yaml
	@git status --porcelain -- gen internal/platformapi | { ! grep . ; } || { echo "the generated code differs from openapi.yaml: run make generate and commit"; exit 1; }

api: ## testdata/api, what the packages export, and what of the change to it breaks users
	$(GO) run ./internal/cmd/api testdata/api $$($(GO) list ./... | grep -v '/internal/\|/examples/\|/docs')
	$(GO) run ./internal/cmd/api -C kneo/kneootel testdata/api .
	./.ci/api

api-check: ## fails when testdata/api is not what the packages export, and says what breaks users
	./.ci/api

since: ## api/testdata/since.txt, which server was the first to have each thing that can be asked for, from all of them (needs Python >= 3.12)
	cd api/drift && $(GO) build -o drift .
	for v in $(VERSIONS); do \
	  $(GO) run ./internal/cmd/platform -version $$v sh -c 'api/drift/drift -list $$KNEO_URL' | sed "s/^/$$v /" || exit 1; \
	done | awk '{ v = $$1; sub(/^[^ ]* /, ""); if (!($$0 in first)) { first[$$0]; print v, $$0 } }' >api/testdata/since.txt
	rm api/drift/drift

record: ## testdata, the answers of a real kneo-serv that the tests decode and compare with (needs Python >= 3.12)
	$(GO) run ./internal/cmd/record testdata

pictures: ## docs/sight.md and the pictures in it, of runs that it plays (needs Node.js >= 20, and Chromium or Chrome; CHROME says where)
	$(GO) run ./internal/cmd/pictures docs
	cd tools/pictures && npm ci --no-audit --no-fund --loglevel=error
	node tools/pictures/render.mjs docs/pictures

tidy: ## go.mod and go.sum of all modules
	for m in $(MODULES) kneo/kneootel/test/collector tools; do (cd $$m && $(GO) mod tidy) || exit 1; done

tidy-check: ## fails when tidy would change something
	for m in $(MODULES); do (cd $$m && $(GO) mod tidy -diff) || exit 1; done

release-check: ## what is missing for a release: see docs/releasing.md
	./.ci/release

ci: ## what decides whether a change lands
	./.ci/run

clean: ## removes what the other targets leave
	rm -rf coverage.out tools/pictures/node_modules
