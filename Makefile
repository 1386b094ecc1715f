# Every target prepares what it needs; `make demo` and `make test` are the two to begin with.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SEEDS ?= 0:20000
ENGINE_SEEDS ?= 0:20000

.PHONY: help setup demo dev test test-long acceptance simulate simulate-engine chaos check bench bench-engine costs load format lock clean

help: ## Show the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(READY) ## Prepare .venv with the locked dependencies.

$(READY): requirements.lock pyproject.toml scripts/setup
	@PYTHON="$(PYTHON)" scripts/setup
	@touch $@

demo: $(READY) ## Run the three example workflows and show what came out.
	@$(BIN)/leadmagnet demo

dev: $(READY) ## Start the whole service on this machine and keep it up.
	@$(BIN)/leadmagnet dev

test: $(READY) ## Run the tests, all but those that take long.
	@scripts/test

test-long: $(READY) ## Run the others: 20,000 schedules, kill -9, deployments, planted bugs, a second DynamoDB, the whole browser.
	@scripts/test -m long
	@TEST_BROWSER=chromium scripts/test tests/web -m "not long"

acceptance: $(READY) ## Run the test plan on the deployed stack: make acceptance, or STACK=leadmagnet for one in your account.
	@STACK="$(STACK)" scripts/acceptance

simulate: $(READY) ## Try the step log in schedules by number: make simulate SEEDS=0:20000
	@scripts/simulate --seeds "$(SEEDS)"

simulate-engine: $(READY) ## Try engine and worker in schedules by number: make simulate-engine ENGINE_SEEDS=0:20000
	@scripts/simulate engine --seeds "$(ENGINE_SEEDS)"

chaos: $(READY) ## Kill workers with -9 while jobs run: make chaos CHAOS_SECONDS=600
	@scripts/chaos

check: $(READY) ## Lint, types, layers, docs.
	@scripts/check

bench: $(READY) ## Measure the step log beside the obvious way; results under benchmarks/results.
	@$(BIN)/python -m benchmarks.steplog

bench-engine: $(READY) ## Measure the engine with and without the embedded stack.
	@$(BIN)/python -m benchmarks.engine

costs: $(READY) ## Count what jobs ask of AWS, and write docs/costs.md.
	@$(BIN)/python -m benchmarks.costs

load: $(READY) ## Load the service that runs here: make load LOAD="--seconds 30 --clients 4"
	@$(BIN)/python -m benchmarks.load $(LOAD)

format: $(READY) ## Put the code in its usual shape.
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format --quiet .

lock: $(READY) ## Resolve the dependencies again into requirements.lock and src/requirements.txt.
	@scripts/lock

clean: ## Remove what was built; keeps .leadmagnet and demo.
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
