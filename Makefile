# The commands of this repository. `make` alone lists them.

TOOL := go tool -modfile=.ci/tools/go.mod

# Tests keep their databases in memory where there is room: a flush to disk proves
# nothing here and costs most of the time.
ROOMY := $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 4000000 ] 2>/dev/null && echo TMPDIR=/dev/shm GOTMPDIR=/tmp)

.DEFAULT_GOAL := help
.PHONY: help test quick sim bench crash lint fmt golden tidy ci install

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The race detector looks at everything that shares memory: the domains, the stores in
# memory, the one transaction and log under all tables (bunkit), the ledger's and
# escrow's shared commits, the server. What is left are rows of single domains, programs,
# a simulation that does one thing at a time, and stores shared by processes: with SQLite,
# which is Go here and eleven times slower under it, they would take longer than the rest.
UNRACED := /(examples/|marketplace/sim$$|storage/bunstore($$|/bun(auth|marketplace|payments|test)$$)|refserver($$|/(config|demo|levers)$$))
# Thousands of requests made one after the other: it would see nothing in them.
TABLES := ^Test((Bodies|Fields|Queries|Addresses|Headers)That.*|CursorsOfNoList)AreRefused$$|^TestEverybodyIsAnsweredAsDeclared$$
TESTS := go test -vet=off -shuffle=on -timeout=20m

test: install ## install what is needed and run every test, those of what shares memory with the race detector, PostgreSQL included; lint vets
	$(ROOMY) $(TESTS) -race -skip '$(TABLES)' $$(go list ./... | grep -vE '$(UNRACED)|/bunescrow$$')
	$(ROOMY) $(TESTS) -race -skip '/^sqlite$$' ./storage/bunstore/bunescrow
	$(ROOMY) $(TESTS) -run '/^sqlite$$' ./storage/bunstore/bunescrow
	$(ROOMY) $(TESTS) -run '$(TABLES)' ./refserver/api
	$(ROOMY) $(TESTS) $$(go list ./... | grep -E '$(UNRACED)')
	$(MAKE) --no-print-directory sim RUNS=10000 DATABASES=100

quick: install ## run every test without the race detector
	$(ROOMY) go test ./...

RUNS ?= 2000
DATABASES ?= 20
sim: install ## play random runs of the whole marketplace in memory and on databases; RUNS=10000 is what CI plays
	GOGC=400 go test -vet=off -timeout=15m -run '^TestRuns$$' ./marketplace/sim -sim.runs=$(RUNS)
	$(ROOMY) go test -vet=off -timeout=15m -parallel=6 -run '^TestRunsOnDatabases$$' ./marketplace/sim -sim.databases=$(DATABASES)

bench: install ## measure beside pgbench and fdatasync; ARGS="-h" lists the choices
	go run ./examples/bench $(or $(ARGS),-sizes 10000,1000000)

crash: install ## kill real servers under load, KILLS=50 times on each database; SEED=… draws as before
	$(ROOMY) LANCE_CRASH_KILLS=$(or $(KILLS),50) LANCE_CRASH_SEED=$(SEED) go test -count=1 -v -timeout=60m -run '^TestKilled' ./refserver

lint: ## run the linters (the first time builds them, for two or three minutes)
	$(TOOL) golangci-lint run ./...

fmt: ## format the source and sort its imports
	$(TOOL) golangci-lint fmt ./...

golden: install ## rewrite the golden files; read the change before you commit it
	LANCE_UPDATE_GOLDEN=1 go test -count=1 -run Golden ./...

tidy: ## tidy both modules
	go mod tidy
	go mod tidy -C .ci/tools

ci: ## run what CI runs
	.ci/run

install:
	@.ci/install
