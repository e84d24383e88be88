# What a contributor runs. `make check` is what CI runs; the README's own
# commands, `go run ./cmd/mithaq demo` and `go test ./...`, need Go alone.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# Go leaves folders named testdata out of ./..., so that package is named.
PACKAGES := ./... ./internal/testdata
TOOL     := go tool -modfile=tools/go.mod
FUZZTIME ?= 10s
COUNT    ?= 1

.PHONY: help
help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 14

.PHONY: build
build: ## the program, static and stripped, as dist/mithaq
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o dist/mithaq ./cmd/mithaq

.PHONY: test
test: ## the tests, as the README runs them
	go test ./...

.PHONY: check
check: format vet fix staticcheck lint vulnerabilities tidy race generated ## all that CI checks

.PHONY: format
format: ## list what gofumpt would change
	@unformatted=$$($(TOOL) gofumpt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofumpt:"; echo "$$unformatted"; exit 1; fi

.PHONY: vet
vet:
	go vet $(PACKAGES)

.PHONY: fix
fix: ## list what go fix would modernise
	go fix -diff $(PACKAGES)

.PHONY: staticcheck
staticcheck:
	$(TOOL) staticcheck $(PACKAGES)

.PHONY: lint
lint: ## the short list of .golangci.yml, the arrow among it
	$(TOOL) golangci-lint run --allow-parallel-runners $(PACKAGES)

.PHONY: vulnerabilities
vulnerabilities: ## known vulnerabilities in what we call; needs the database
	@.ci/vulnerabilities $(PACKAGES)

.PHONY: tidy
tidy: ## go.mod names what the code imports, no more and no less
	go mod tidy -diff
	go mod verify

.PHONY: race
race: ## the tests under the race detector, in a random order
	go test -race -shuffle=on -count=$(COUNT) -timeout 20m $(PACKAGES)

.PHONY: generated
generated: ## generated files are what go generate makes
	@.ci/generated

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	@.ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## the Go benchmarks
	go test -run '^$$' -bench . -benchmem -count=$(COUNT) ./...

.PHONY: interop-ledger
interop-ledger: ## Tessera's fsck over an export of a ledger; needs the module proxy
	tests/interop-ledger.sh

.PHONY: interop-matching
interop-matching: ## an asker in Python over the vectors of matching; needs its module cryptography
	tests/interop-matching.py

.PHONY: interop
interop: ## clients that others wrote against a node: PyMISP, taxii2-client, schemathesis; needs Python and its registry
	tests/interop.sh

.PHONY: interop-misp
interop-misp: ## of these PyMISP, stix2-validator and misp-stix alone
	tests/interop.sh misp

.PHONY: browser
browser: ## the pages in a real browser: they fit, nothing complains, axe finds nothing serious; needs Chromium
	cd tests/browser && go vet ./... && go test -count=1 -timeout 20m ./...

.PHONY: demo
demo: ## three organisations on this machine, played once
	go run ./cmd/mithaq demo --once

.PHONY: latest
latest: ## the tests with the newest dependencies, apart from go.mod
	@.ci/latest
