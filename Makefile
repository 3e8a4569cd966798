# The commands of a contributor. `make help` lists them.

MODULES := . session/jwt orylogintest/tab internal/tools test test/kratos test/hydra examples/webapp
CODE    := . session/jwt orylogintest/tab internal/tools test examples/webapp

# The modules that others run or copy, besides ory-login.
SHIPPED := . session/jwt orylogintest/tab examples/webapp

# ory-login requires a release of this module. Here it is built with this tree instead: with a copy
# of its go.mod that replaces the release. The linter takes no -modfile, so it gets a workspace.
CLI     := cmd/ory-login
MODFILE := $(CURDIR)/test/.bin/ory-login.mod

# KRATOS_BINARY is the Kratos that tests start in place of the one that is built. RELEASE is its
# release, if the binary does not say it.
ifneq ($(KRATOS_BINARY),)
override KRATOS_BINARY := $(abspath $(KRATOS_BINARY))
export KRATOS_BINARY
endif
ifneq ($(RELEASE),)
export KRATOS_RELEASE := $(RELEASE)
endif

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^##@ / {print "\n" substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Try it

.PHONY: demo
demo: ## show a first session with ory-login and a real Kratos
	@cd test && go run ./cli/cmd/demo

.PHONY: build
build: cli-modfile ## build ory-login, the command, into test/.bin
	cd $(CLI) && go build -modfile=$(MODFILE) -o $(CURDIR)/test/.bin/ory-login .

.PHONY: install
install: cli-modfile ## install ory-login, the command, where go install does
	cd $(CLI) && go install -modfile=$(MODFILE) .

.PHONY: cli-modfile
cli-modfile:
	@mkdir -p test/.bin
	@cp $(CLI)/go.mod $(MODFILE)
	@grep -v '^github.com/orylogin/orylogin ' $(CLI)/go.sum > $(MODFILE:.mod=.sum)
	@go mod edit -replace=github.com/orylogin/orylogin=../.. $(MODFILE)
	@printf '%s\n' 'go 1.25.0' 'use ../../$(CLI)' 'replace github.com/orylogin/orylogin => ../../' > test/.bin/go.work

# The two servers replace their shell. So Ctrl-C reaches them, and they shut down cleanly.
.PHONY: kratos
kratos: ## run a real Kratos with three users until Ctrl-C; APP_URL=http://localhost:3000 if your pages are there, LIFESPAN=10s for flows that expire soon, REQUIRED_AAL=aal1 for logins with one factor, CODE2=1 for mailed codes as a second factor, PROVIDER=1 for a provider, SSO=1 for a real Hydra, KRATOS_ENV=kratos.env for a file with the URLs
	@cd test && go build -o .bin/run-kratos ./cmd/kratos && exec .bin/run-kratos $(if $(APP_URL),-app-url $(APP_URL)) $(if $(LIFESPAN),-lifespan $(LIFESPAN)) $(if $(REQUIRED_AAL),-required-aal $(REQUIRED_AAL)) $(if $(CODE2),-code2) $(if $(PROVIDER),-provider) $(if $(SSO),-sso) $(if $(KRATOS_ENV),-env-file $(abspath $(KRATOS_ENV)))

.PHONY: webapp
webapp: ## run the example application with a real Kratos until Ctrl-C; APP_URL=http://localhost:3000 to serve it there, SSO=1 for a real Hydra
	@cd test && go build -o .bin/run-webapp ./cmd/webapp && exec .bin/run-webapp $(if $(APP_URL),-app-url $(APP_URL)) $(if $(SSO),-sso)

##@ Test it

.PHONY: test
test: cli-modfile ## run unit tests, then end-to-end tests with a real Kratos, or KRATOS_BINARY=<path>, and a real Hydra
	@echo "==> unit tests"
	go test -race -shuffle=on -timeout=30m ./...
	@echo "==> allocations, and encoding/json/v2"
	go test -count=1 -run '^Test(Allocations|Classification)' .
	GOEXPERIMENT=jsonv2 go test ./...
	@echo "==> signed sessions"
	cd session/jwt && go test -race -shuffle=on ./...
	@echo "==> openapi.yaml and upstream"
	cd internal/tools && go test -count=1 -shuffle=on ./...
	@echo "==> ory-login"
	cd $(CLI) && go test -race -shuffle=on -modfile=$(MODFILE) ./...
	@echo "==> example application"
	cd examples/webapp && go test -race -shuffle=on ./...
	@echo "==> the tab of tests"
	cd orylogintest/tab && go test -race -shuffle=on ./...
	@echo "==> Ory Kratos and Ory Hydra"
	cd test && go run ./cmd/build kratos hydra
	@echo "==> end-to-end tests"
	cd test && go test -count=1 -race -shuffle=on -timeout=30m $$(go list ./... | grep -v /chromium)

.PHONY: test-browser
test-browser: ## use the example application in Chromium, which must be on the PATH; UPDATE=1 takes the README's pictures anew
	cd test && go run ./cmd/build kratos hydra
	cd test && go test -count=1 -race -shuffle=on ./chromium

.PHONY: conformance
conformance: ## run the suite against KRATOS_BINARY=<path> in all configurations, or against a running KRATOS_PUBLIC=<URL> KRATOS_ADMIN=<URL>; RELEASE=v1.3.1 if Kratos does not say its release
	@cd test && go run ./cmd/conformance $(if $(KRATOS_PUBLIC),-public $(KRATOS_PUBLIC)) $(if $(KRATOS_ADMIN),-admin $(KRATOS_ADMIN))

.PHONY: server-coverage
server-coverage: ## measure how much of a login's code the tests make Kratos run; RUN=<pattern> of tests, KRATOS_BINARY=<built with -cover> KRATOS=<its source>
	@cd test && go run ./cmd/server-coverage $(if $(COUNTERS),-counters $(abspath $(COUNTERS))) $(if $(KRATOS),-kratos $(abspath $(KRATOS))) $(if $(RUN),-run '$(RUN)') $(if $(BRIEF),-brief)

FUZZTIME ?= 20s
DURATION ?= 30s

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME=20s, or for FUZZTIME=2000x inputs
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "==> $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

.PHONY: soak
soak: ## run 64 callers for DURATION=30s while Kratos, its database, nginx and connections fail, and then against the fake
	@cd test && go run ./hardening/cmd/soak -duration $(DURATION)

.PHONY: nightly
nightly: ## run what takes too long for each change: more fuzzing, a soak of ten minutes, and server-coverage
	$(MAKE) fuzz FUZZTIME=100000x
	$(MAKE) soak DURATION=10m
	$(MAKE) server-coverage

.PHONY: bench
bench: ## compare with net/http, ory/client-go and api: time, memory, connections; BENCHFLAGS=-help for parts of it
	@cd test && go run ./bench/cmd/bench $(BENCHFLAGS)

.PHONY: footprint
footprint: ## compare modules, cold builds and binaries; takes minutes
	@cd test && go run ./bench/cmd/footprint

.PHONY: vulncheck
vulncheck: cli-modfile ## look for known vulnerabilities in what ships; asks vuln.go.dev, or the database VULNDB=<URL>
	@vuln=$$(go tool -modfile=internal/tools/go.mod -n govulncheck) || exit 1; \
	for module in $(SHIPPED); do echo "==> $$module"; (cd $$module && $$vuln $(if $(VULNDB),-db $(VULNDB)) ./...) || exit 1; done; \
	echo "==> $(CLI)"; cd $(CLI) && GOWORK=$(CURDIR)/test/.bin/go.work $$vuln $(if $(VULNDB),-db $(VULNDB)) ./...

##@ Change it

.PHONY: generate
generate: ## generate api/, docs/errors.md and the files *.gen.go of the root
	go generate ./...

.PHONY: upstream
upstream: ## read KRATOS=<source> for what no description says about a login: what is unknown here, and what has changed since OLD=<source>
	@cd internal/tools && go run ./upstream/cmd/upstream $(if $(KRATOS),-kratos $(abspath $(KRATOS))) $(if $(OLD),-old $(abspath $(OLD)))

.PHONY: spec-diff
spec-diff: ## compare openapi.yaml with the pinned descriptions, or with UPSTREAM=<file>, and that file with OLD=<file>; JSON=1 for programs
	@cd internal/tools && go run ./spec/cmd/spec-diff $(if $(JSON),-json) $(if $(OLD),-old $(abspath $(OLD))) $(if $(UPSTREAM),$(abspath $(UPSTREAM)))

.PHONY: spec-break
spec-break: ## list the changes since BASE=<git revision> that break users, and check whether NEXT=vX.Y.Z is high enough
	@cd internal/tools && go run ./spec/cmd/spec-break $(if $(BASE),-base $(BASE)) $(if $(CURRENT),-current $(CURRENT)) $(if $(NEXT),-next $(NEXT))

.PHONY: release
release: ## commit and tag VERSION=vX.Y.Z without a push, and say what is left to do; DRY_RUN=1 only shows it
	@cd internal/tools && go run ./release/cmd/release -version '$(VERSION)' $(if $(DRY_RUN),-dry-run)

.PHONY: check
check: check-format check-vet check-lint check-generated check-tidy check-workflows ## run all static checks

.PHONY: check-format
check-format:
	@files=$$(gofmt -l .); test -z "$$files" || { \
		echo "not formatted: $$files"; echo "run: gofmt -w ."; exit 1; }

.PHONY: check-vet
check-vet: cli-modfile
	@for module in $(CODE); do (cd $$module && go vet ./...) || { \
		echo "go vet has findings in module $$module: fix the code"; exit 1; }; done
	@cd $(CLI) && go vet -modfile=$(MODFILE) ./...
	@for system in linux/386 windows/amd64 darwin/arm64; do export GOOS=$${system%/*} GOARCH=$${system#*/}; \
		go vet ./... && (cd $(CLI) && go vet -modfile=$(MODFILE) ./...) || { \
		echo "go vet has findings for $$system: fix the code"; exit 1; }; done

# The linter is built from internal/tools and run inside each module.
.PHONY: check-lint
check-lint: cli-modfile
	@lint=$$(go tool -modfile=internal/tools/go.mod -n golangci-lint) || exit 1; \
	for module in $(CODE); do (cd $$module && $$lint run --allow-parallel-runners ./...) || { \
		echo "golangci-lint has findings in module $$module: fix the code"; exit 1; }; done; \
	cd $(CLI) && GOWORK=$(CURDIR)/test/.bin/go.work $$lint run --allow-parallel-runners ./...

GENERATED := api/api.gen.go docs/errors.md error_id.gen.go errors.gen.go message_text.gen.go method.gen.go \
	printing.gen.go

# This fails if generating changes a file, committed or not.
.PHONY: check-generated
check-generated:
	@rm -rf test/.bin/generated && mkdir -p test/.bin/generated && cp $(GENERATED) test/.bin/generated
	@go generate ./...
	@changed=; for file in $(GENERATED); do cmp -s $$file test/.bin/generated/$${file##*/} || changed="$$changed $$file"; done; \
	test -z "$$changed" || { echo "out of date until now, since make check has generated it anew:$$changed"; \
		echo "read what changed, and commit it"; exit 1; }

.PHONY: check-tidy
check-tidy: cli-modfile
	@for module in $(MODULES); do (cd $$module && go mod tidy -diff) || { \
		echo "go.mod or go.sum of module $$module is not tidy"; \
		echo "run: cd $$module && go mod tidy"; exit 1; }; done
	@cd $(CLI) && go mod tidy -diff -modfile=$(MODFILE)

# A test of internal/tools checks the workflows against the rules of this repository.
.PHONY: check-workflows
check-workflows:
	@go tool -modfile=internal/tools/go.mod actionlint -shellcheck= -pyflakes= .github/workflows/*.yml
