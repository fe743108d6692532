# The only door: everything that is done to this repository is a target here.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The version is that of the newest tag; without a tag it names the commit.
VERSION ?= $(shell v=$$(git describe --tags --match 'v*' --dirty 2>/dev/null) && echo "$${v\#v}" || echo "0.0.0-dev.$$(git describe --always --dirty 2>/dev/null || echo unknown)")
LDFLAGS := -s -w -X main.version=$(VERSION)

TOOLS := bin/tools/golangci-lint bin/tools/gofumpt bin/tools/govulncheck
# Files that `make gen` writes. They are committed.
GENERATED := docs/configuration.md api/openapi.json client/generated.go docs/event-types.md web/src/api/schema.gen.ts
# The benchmarks and the end-to-end tests run last, against the built binary.
UNIT = $(shell go list ./... 2>/dev/null | grep -v -E '/(e2e|bench)$$')
E2E := $(if $(wildcard e2e/*_test.go),./e2e/...)
TEST_FLAGS ?=

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: web ## Build bin/tidings, one static binary with the console in it
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/tidings ./cmd/tidings

.PHONY: demo
demo: build ## Start a demonstration: one event, delivered and shown (ARGS="--busy --keep")
	@bin/tidings demo $(ARGS)

# The console is built again only if something of it has changed.
WEB := web/node_modules/.package-lock.json
WEB_SOURCES := $(shell find web/src web/public web/build web/*.json web/*.ts web/index.html -type f 2>/dev/null) docs/verifying.md

.PHONY: web
web: web/dist/index.html ## Build the console into web/dist and measure its first load

web/dist/index.html: $(WEB) $(WEB_SOURCES)
	@echo 'Building the console'
	@cd web && npx vite build --logLevel warn && node build/budget.mjs

$(WEB): web/package.json web/package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || { echo 'The console needs Node 20.19 or later with npm: https://nodejs.org. Without it, `CGO_ENABLED=0 go build -o bin/tidings ./cmd/tidings` makes a server without the console.'; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); if (a < 20 || (a === 20 && b < 19)) { console.log(`The console needs Node 20.19 or later; this is $${process.version}: https://nodejs.org`); process.exit(1); }'
	@echo 'Getting the packages of the console'
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: web-check
web-check: $(WEB) ## Check the console: types, style, tests
	cd web && npm run --silent types && npm run --silent lint && npm run --silent test

# What the built server really sends for the first load.
.PHONY: web-size
web-size: build
	node web/build/budget.mjs bin/tidings

.PHONY: web-dev
web-dev: $(WEB) ## Serve the console from its sources; TIDINGS_URL names the server behind it
	cd web && npx vite

.PHONY: check
check: ## Vet and test packages with Go alone, in under two minutes
	go vet ./...
	TIDINGS_POSTGRES=off go test $(TEST_FLAGS) $(UNIT)

.PHONY: test
test: needs lint fresh web-check build web-size race bench-once e2e browser ## Everything: lint, generated files, tests with -race, end-to-end tests

.PHONY: lint
lint: bin/tools/golangci-lint lint-api ## Check style, layers, likely mistakes and the OpenAPI document
	bin/tools/golangci-lint run ./...

# A public linter for the OpenAPI document, at the version of its lock file.
REDOCLY := tools/openapi/node_modules/.bin/redocly
.PHONY: lint-api
lint-api: tools/openapi/node_modules/.package-lock.json
	@REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(REDOCLY) lint --config tools/openapi/redocly.yaml --format stylish api/openapi.json

tools/openapi/node_modules/.package-lock.json: tools/openapi/package.json tools/openapi/package-lock.json
	@command -v npm >/dev/null || { echo 'make lint needs Node 20.19 or later with npm, for the linter of the OpenAPI document.'; exit 1; }
	cd tools/openapi && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.PHONY: fmt
fmt: bin/tools/golangci-lint ## Format the Go code
	bin/tools/golangci-lint fmt ./...

.PHONY: gen
gen: $(WEB) ## Write the generated files
	go test -count=1 ./internal/config ./internal/catalog -run '^TestReferencePage$$' -update
	go test -count=1 ./internal/httpapi -run '^TestDocumentIsGenerated$$' -update
	go test -count=1 ./internal/clientgen -run '^TestClientIsGenerated$$' -update
	cd web && npm run --silent gen

.PHONY: scale
scale: ## Lists and filters with 10,000 webhooks and 1,000,000 deliveries, timed
	TIDINGS_SCALE=10000x1000000 go test -count=1 -v -timeout 15m -run '^TestScale$$' ./internal/httpapi
	TIDINGS_SCALE=10000x1000000 TIDINGS_POSTGRES=required go test -count=1 -v -timeout 15m -run '^(TestRareTypes|TestMigrationsOfALargeDatabase)$$' ./internal/store/postgres

.PHONY: bench
bench: build ## Measure: Tidings beside what the machine allows (ARGS="-quick", "-h" for more)
	go run ./bench -binary bin/tidings -json bin/bench.json $(ARGS)

.PHONY: bench-once
bench-once: build ## Run every benchmark for a second, so that none rots
	TIDINGS_BIN=$(CURDIR)/bin/tidings go test -count=1 $(TEST_FLAGS) ./bench

.PHONY: vuln
vuln: bin/tools/govulncheck ## Look for known vulnerabilities (asks vuln.go.dev)
	bin/tools/govulncheck ./...

.PHONY: tools
tools: $(TOOLS) ## Build the tools of this repository into bin/tools

# What the tests use besides Go and Node: a C compiler for -race, a browser for the
# console, the rest for what the documentation shows. apt-get installs what is missing, where it may.
.PHONY: needs
needs:
	@command -v npm >/dev/null || { echo 'make test needs Node 20.19 or later with npm.'; exit 1; }
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb >/dev/null 2>&1 || { \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || { echo 'make test needs PostgreSQL 14 or later, initdb and postgres: apt-get install postgresql'; exit 1; }; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; }
	@missing=; for tool in gcc python3 curl jq chromium pgbouncer; do PATH="$$PATH:/usr/sbin" command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	if [ -n "$$missing" ]; then \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || { echo "make test needs$$missing: install them, or run it as root where there is apt-get."; exit 1; }; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing libc6-dev; \
	fi

.PHONY: fresh
fresh: gen
	@git diff --exit-code -- $(GENERATED) || { echo 'Generated files are out of date: commit what `make gen` wrote.'; exit 1; }
	@test -z "$$(git ls-files --others --exclude-standard -- $(GENERATED))" || { echo 'A generated file is not committed.'; exit 1; }

.PHONY: race
race: needs
	TIDINGS_POSTGRES=required CGO_ENABLED=1 go test -race -timeout 25m $(TEST_FLAGS) $(UNIT)

.PHONY: e2e
e2e: build logto-client
	$(if $(E2E),TIDINGS_BIN=$(CURDIR)/bin/tidings TIDINGS_LOGTO_CLIENT=required TIDINGS_POSTGRES=required go test -count=1 -timeout 25m $(TEST_FLAGS) $(E2E),@true)

# Logto's own client runs against the binary. npm keeps what it has installed.
.PHONY: logto-client
logto-client: needs
	@if ! cmp -s e2e/logto-client/package-lock.json e2e/logto-client/node_modules/installed.json; then \
		cd e2e/logto-client && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && cp package-lock.json node_modules/installed.json; fi

# The browser tests: Playwright and axe from npm, the browser from the system. A
# complete run (without ARGS) holds every user task; see e2e/console/kit/names.ts.
CONSOLE_TESTS := e2e/console/node_modules/.package-lock.json
.PHONY: browser
browser: build needs $(CONSOLE_TESTS) ## The console in a real browser, on the built binary (ARGS="task 04" for some)
	cd e2e/console && npm run --silent check
	cd e2e/console && TIDINGS_BIN=$(CURDIR)/bin/tidings $(if $(ARGS),,TIDINGS_COMPLETE=1) npx --no-install playwright test $(if $(ARGS),--grep "$(ARGS)")

.PHONY: screenshots
screenshots: build needs $(CONSOLE_TESTS) ## Take the pictures of the documentation, in both themes
	cd e2e/console && TIDINGS_BIN=$(CURDIR)/bin/tidings npx --no-install playwright test -c measure.config.ts screenshots

.PHONY: first-minutes
first-minutes: needs $(CONSOLE_TESTS) ## From a clone of the last commit with empty caches to a delivered webhook in the console, timed
	cd e2e/console && npx --no-install playwright test -c measure.config.ts first-minutes

$(CONSOLE_TESTS): e2e/console/package.json e2e/console/package-lock.json
	cd e2e/console && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.PHONY: sizing
sizing: build ## Measure how much room deliveries take on disk, on both databases
	TIDINGS_SIZING=1 TIDINGS_POSTGRES=required TIDINGS_BIN=$(CURDIR)/bin/tidings go test -count=1 -v -run '^TestSizing$$' ./e2e | grep bytes

.PHONY: torture
torture: build ## Kill three nodes on one PostgreSQL 2,000 times under load (KILLS=n for another number)
	TIDINGS_TORTURE_KILLS=$(or $(KILLS),2000) TIDINGS_POSTGRES=required TIDINGS_BIN=$(CURDIR)/bin/tidings go test -count=1 -timeout 6h -v -run '^TestClusterLosesNothing$$' ./e2e | grep --line-buffered -v -E '^ *=== '

.PHONY: hostile
hostile: build ## Minutes of hostile input from 16 clients at once, and all of it on every route
	TIDINGS_HOSTILE=1 TIDINGS_BIN=$(CURDIR)/bin/tidings go test -count=1 -timeout 30m -v -run '^(TestHostileReplay|TestEveryRouteTakesHostileInput)$$' ./e2e | grep -v -E '^ *(=== |--- PASS)'

# The tools have a module of their own, so that the product does not depend on
# what they depend on. The first build takes minutes; later ones come from Go's
# build cache.
bin/tools/golangci-lint: PACKAGE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
bin/tools/gofumpt: PACKAGE := mvdan.cc/gofumpt
bin/tools/govulncheck: PACKAGE := golang.org/x/vuln/cmd/govulncheck
$(TOOLS): tools/go.mod tools/go.sum
	@mkdir -p $(@D)
	cd tools && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o ../$@ $(PACKAGE)
	@touch $@
