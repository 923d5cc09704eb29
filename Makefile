# Rollcall. `make` alone lists what there is.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN      := $(CURDIR)/bin
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Pinned tools. The formatters gofumpt v0.12.0 and gci are part of golangci-lint.
GOLANGCI_VERSION    := v2.15.0
GOVULNCHECK_VERSION := v1.1.4
GOLANGCI            := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)

TESTFLAGS ?=
FUZZTIME  ?= 1m
USERS     ?= 20000

# Fuzz targets as "folder Name", one a line.
FUZZ_TARGETS = grep -rHoE '^func Fuzz[A-Za-z0-9_]*' --include='*_test.go' . | sed -E 's|/[^/]*_test\.go:func | |' | sort

# $(call install,packages): what a fresh Debian machine lacks.
define install
	{ echo "installing $(1) from Debian's packages"; \
	  command -v apt-get >/dev/null || { echo "make: $(1) is missing and there is no apt-get: install it by hand" >&2; exit 1; }; \
	  sudo=; if [ "$$(id -u)" != 0 ]; then command -v sudo >/dev/null || { echo "make: $(1) is missing: run make as root once, or install it by hand" >&2; exit 1; }; sudo=sudo; fi; \
	  $$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(1); }
endef

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the static binary bin/rollcall
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=$(VERSION)" -o $(BIN)/rollcall ./cmd/rollcall

.PHONY: run
run: ## serve on 127.0.0.1:8080 with the SQLite file rollcall.db
	go run ./cmd/rollcall serve

# SQLite in Go keeps what it works on outside of Go's heap, where the race detector
# does not look: watched, it only takes five times as long; docs/decisions/0186.
UNWATCHED = -gcflags=modernc.org/sqlite/lib=-race=false

# The program runs "go test" and prints what that prints. It judges
# docs/conformance.md after a whole run only: one of ./... without -run and the
# like.
.PHONY: test
test: postgres compiler chromium ## run all tests with the race detector and check docs/conformance.md, or write it with UPDATE=1; FLAGS: TESTFLAGS
	go vet ./...
	CGO_ENABLED=1 go run ./internal/requirements $(if $(UPDATE),-update) -- -race $(UNWATCHED) -short -parallel 4 -timeout 45m $(TESTFLAGS) ./...
	go test -run 'HundredThousand|ImportMemory' -timeout 20m $(TESTFLAGS) ./store/... ./internal/conformance # what -short leaves out: too slow under the race detector

.PHONY: check
check: lint test ## what must pass before a change is proposed: lint and test

.PHONY: lint
lint: $(GOLANGCI) ## run golangci-lint; with VULN=1 also govulncheck, which needs its database
	$(GOLANGCI) run ./...
ifeq ($(VULN),1)
	@GOBIN=$(BIN) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	@status=0; $(BIN)/govulncheck ./... || status=$$?; \
	case $$status in 0) ;; 3) echo "govulncheck found something" >&2; exit 3 ;; *) echo "govulncheck could not ask its database (status $$status)" ;; esac
endif

.PHONY: fmt
fmt: $(GOLANGCI) ## format all files with gofumpt and gci
	$(GOLANGCI) fmt ./...

.PHONY: generate
generate: ## run go generate
	go generate ./...

.PHONY: verify
verify: generate $(GOLANGCI) ## check that modules are intact, files formatted and generated files committed
	go mod verify
	$(GOLANGCI) fmt --diff ./...
	git diff --exit-code

.PHONY: fuzz
fuzz: ## run every fuzz target in turn; FLAGS: FUZZTIME=10m
	@$(FUZZ_TARGETS) | while read -r folder name; do \
	  echo "fuzz $$folder $$name $(FUZZTIME)"; \
	  go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$folder" </dev/null || exit 1; \
	done

.PHONY: bench
bench: postgres ## measure against the floors of PERFORMANCE; FLAGS: USERS=1000000
	go run ./internal/bench -users $(USERS)

.PHONY: screenshots
screenshots: chromium ## take the pictures of the guides anew, into docs/images
	go test ./internal/browser -run Screenshots -count 1 -screenshots $(CURDIR)/docs/images

.PHONY: conformance
conformance: postgres .venv/installed ## run the pinned scim2-tester against a server on each store
	go run ./internal/tester -python .venv/bin/python

.venv/installed: internal/tester/requirements.txt
	@python3 -c 'import ensurepip' 2>/dev/null || $(call install,python3 python3-venv)
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r internal/tester/requirements.txt
	@touch $@

# Tests start a cluster of their own in a temporary directory; only the
# binaries are needed.
.PHONY: postgres
postgres:
	@compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null || $(call install,postgresql)

# Tests of the console drive a browser of their own.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || $(call install,chromium fonts-dejavu-core)

# The race detector needs a C compiler.
.PHONY: compiler
compiler:
	@command -v gcc >/dev/null || $(call install,gcc libc6-dev)

$(GOLANGCI):
	@mkdir -p $(BIN)/install
	GOBIN=$(BIN)/install go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv $(BIN)/install/golangci-lint $@ && rmdir $(BIN)/install
