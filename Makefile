# Everything is built, tested and checked through these targets; CI runs the same ones.
# `make demo` and `make test` need nothing before them on a Debian machine with Go and Node.js.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := bin/tools/golangci-lint-$(GOLANGCI_VERSION)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build demo-needs ## Run the backend with both platforms played beside it, ready to click through
	@bin/sellerchat demo

# The demo's Marketplace runs the real package where there is Node.js, and says so where there is not.
.PHONY: demo-needs
demo-needs:
	@if command -v node npm >/dev/null; then $(MAKE) node_modules/.installed || true; fi

.PHONY: build
build: ## Build bin/sellerchat
	@CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/sellerchat ./server

.PHONY: test
test: test-needs test-scripts ## Install what the tests need, then run all of them
	go test -race -timeout 9m ./...

# The Marketplace's reviewers ask for four fifths of the code that its platform runs.
.PHONY: test-scripts
test-scripts: node_modules/.installed
	@npx --no-install c8 --all --include server/server.js --include 'server/lib/**' --reporter text-summary \
		--check-coverage --statements 80 --branches 80 --functions 80 --lines 80 \
		node --test --test-reporter dot server/server_test/*.test.mjs

# The host of the backend that the package is built for.
HOST ?= chat.example.com

.PHONY: package
package: build ## Write and check the Marketplace package for the backend at HOST=chat.example.com
	@bin/sellerchat package --out bin/package --public-url https://$(HOST)

.PHONY: test-needs
test-needs: node_modules/.installed
	@.ci/need cc gcc libc6-dev
	@.ci/need chromium chromium fonts-liberation fonts-noto-color-emoji

.PHONY: lint
lint: node_modules/.installed $(GOLANGCI) ## Check formatting, generated files, Go, JavaScript and shell
	@echo '- shell'     && for f in .ci/*; do bash -n $$f; done
	@echo '- modules'   && go mod tidy -diff
	@echo '- generated' && .ci/check-generated
	@echo '- go'        && $(GOLANGCI) run ./...
	@echo '- scripts'   && npx --no-install eslint .

.PHONY: fmt
fmt: $(GOLANGCI) ## Format Go and templ sources
	@go tool templ fmt .
	@$(GOLANGCI) fmt ./...

.PHONY: generate
generate: ## Regenerate the Go files of the templ pages, and the tables in the readme
	@go tool templ generate
	@go test ./server/run -run '^TestReadmeHasTheTablesOfKinds$$' -count=1 -update

.PHONY: storm
storm: ## Kill the program ten times in a storm of faults and print what became of the messages
	@go test -count=1 -v -run TestChaosLoses ./server/e2e

.PHONY: chaos
chaos: ## The same for longer, with files and every fault that must be made good, and kills for two minutes
	@SELLERCHAT_CHAOS=full go test -count=1 -v -timeout 20m -run TestChaosOfFiles ./server/e2e

.PHONY: gallery
gallery: ## Serve every page in every state, for looking at
	@go run ./views/gallery/cmd

.PHONY: bench
bench: build ## Measure the program against bare ones, in turns; exit 1 when a goal is missed
	@go run ./server/bench/cmd

.PHONY: bench-fair
bench-fair: build ## Measure what installations notice of others in trouble; exit 1 when a goal is missed
	@go run ./server/bench/cmd -only neighbours,dead,blocked,backlog

.PHONY: bench-scale
bench-scale: build ## Measure what much costs beside little: memory, speed, disk; exit 1 when a goal is missed
	@go run ./server/bench/cmd -only idle,installations,queued,peak,kept

.PHONY: bench-recover
bench-recover: build ## Measure how soon the program works again after a kill with a million queued; exit 1 when a goal is missed
	@go run ./server/bench/cmd -only recover

# Built by the module's own versions of its dependencies, which is what its authors test,
# and kept by version, since it takes minutes.
$(GOLANGCI):
	@echo 'building golangci-lint $(GOLANGCI_VERSION), once: this takes minutes'
	@GOBIN=$(CURDIR)/bin/tools go install -trimpath -ldflags='-s -w' \
		github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv bin/tools/golangci-lint $@

node_modules/.installed: package.json package-lock.json
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null \
		|| { echo 'Node.js 20 or newer is needed; install it and run this again.' >&2; exit 1; }
	@echo 'installing with npm: what package-lock.json lists'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
