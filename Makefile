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

# What is handed on: the same bytes from the same commit, wherever it is made.
RELEASE  := tools/release/go.mod
ARCHES   := amd64 arm64
ifndef VERSION
VERSION  := $(shell git describe --tags --match 'v*' --dirty 2>/dev/null || echo v0.0.0-$(shell git show -s --format=%cd --date=format:%Y%m%d%H%M%S)-$(shell git rev-parse --short=12 HEAD))
endif
export SOURCE_DATE_EPOCH ?= $(shell git show -s --format=%ct 2>/dev/null)
STATIC   := CGO_ENABLED=0 GOFLAGS= go build -trimpath -buildvcs=true -ldflags '-s -w -buildid= -X main.release=$(VERSION)'

.PHONY: programs
programs: ## the programs of a release, for each processor, in dist
	for arch in $(ARCHES); do GOOS=linux GOARCH=$$arch $(STATIC) -o dist/mithaq_$$arch ./cmd/mithaq; done

.PHONY: release
release: package sbom ## all of a release, its programs built twice and compared
	.ci/twice $(foreach arch,$(ARCHES),dist/mithaq_$(arch)) -- $(STATIC)
	cd dist && sha256sum mithaq_*[46] mithaq_*.deb *.cdx.json >SHA256SUMS && cat SHA256SUMS

.PHONY: package
package: programs ## Debian packages, in dist
	for arch in $(ARCHES); do ARCH=$$arch VERSION=$(VERSION) \
		go tool -modfile=$(RELEASE) nfpm package -f contrib/nfpm.yaml -p deb -t dist/mithaq_$$arch.deb; done

.PHONY: sbom
sbom: programs ## what the programs are made of, in CycloneDX
	for arch in $(ARCHES); do GOPROXY=off go tool -modfile=$(RELEASE) cyclonedx-gomod bin -json -licenses -noserial \
		-version $(VERSION) -output dist/mithaq_$$arch.cdx.json dist/mithaq_$$arch; done

.PHONY: container
container: build ## an image of the program alone; needs buildah
	buildah build --isolation chroot -f contrib/Containerfile -t mithaq .

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

NODES ?= 195
DAYS  ?= 7
SEED  ?= 1
# Folders in memory, where there are such: nothing of a simulation is to outlive it.
IN_MEMORY = TMPDIR=$$(test -w /dev/shm && test $$(df --output=avail /dev/shm | tail -n 1) -gt 4000000 && echo /dev/shm || echo $${TMPDIR:-/tmp})

.PHONY: simulate
simulate: ## a federation of 195 nodes in one process, for a week of virtual time; NODES, DAYS and SEED change that
	$(IN_MEMORY) go test ./internal/simulate -v -count=1 -timeout 120m -args -nodes $(NODES) -days $(DAYS) -seed $(SEED) $(LIMITS)

.PHONY: faults
faults: ## every fault in its long form: each place that writes, each part of a log, a thousand kill -9; hours
	MITHAQ_LONG=1 go test ./internal/faulttest ./internal/mithaqtest -v -count=1 -timeout 12h

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

.PHONY: several
several: ## four processes, one node, killed at random for FOR (1h); needs MITHAQ_TEST_POSTGRES
	MITHAQ_SEVERAL=$(or $(FOR),1h) go test -count=1 -timeout 0 -v -run SeveralProcesses ./internal/mithaqtest

.PHONY: demo
demo: ## three organisations on this machine, played once
	go run ./cmd/mithaq demo --once

.PHONY: latest
latest: ## the tests with the newest dependencies, apart from go.mod
	@.ci/latest
