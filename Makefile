# The commands of this repository. `make` alone lists them.

TOOL := go tool -modfile=.ci/tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help test quick bench lint fmt golden tidy ci install

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: install ## install what is needed, vet, run every test with the race detector (PostgreSQL included)
	go vet ./...
	go test -race -shuffle=on -timeout=10m ./...

quick: install ## run every test without the race detector
	go test ./...

bench: install ## measure beside pgbench and fdatasync; ARGS="-h" lists the choices
	go run ./examples/bench $(ARGS)

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
