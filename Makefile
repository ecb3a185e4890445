# `make run` and `make test` do all the set-up on a fresh machine; `make help` lists everything.
SHELL := bash
.SHELLFLAGS := -eo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := schemas analyzers streams sinks infra console tests

.PHONY: help run stop test check fmt lint types imports bench fuzz demo-image lock clean parts

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) was not found: install Python 3.11 or later" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11: set PYTHON=python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the runtime packages ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-build.lock -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 2>&1 | { grep -i error || true; }
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "installing the development packages ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.runtime ## set up everything, start the local system, analyse a demo image and show its risks
	@$(BIN)/imagerisk up
	@$(BIN)/imagerisk demo

stop: ## stop the local system
	@$(BIN)/imagerisk down

parts: $(VENV)/.dev
	@bash infra/test-parts.sh

test: $(VENV)/.dev parts ## set up everything, run all tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## format, lint, types, import rules, tests: what must pass before a commit
	@$(BIN)/ruff format --check $(SOURCES)
	@$(MAKE) --no-print-directory lint types imports test

fmt: $(VENV)/.dev ## format the sources
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

lint: $(VENV)/.dev ## lint the sources
	@$(BIN)/ruff check $(SOURCES)

types: $(VENV)/.dev ## check the types
	@$(BIN)/mypy

imports: $(VENV)/.dev ## check that imports point one way
	@$(BIN)/lint-imports

bench: $(VENV)/.dev parts ## measure and write tests/bench/RESULTS.md
	@$(BIN)/python -m tests.bench

fuzz: $(VENV)/.dev ## feed broken input to every collector and every version order for a minute
	@$(BIN)/python -m tests.fuzz 60

demo-image: $(VENV)/.runtime ## write two archives: a plant for every rule, and the same image cleaned; and what was planted
	@$(BIN)/python -m console.demo

lock: $(VENV)/.dev ## write the lock files anew
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe -o requirements.lock pyproject.toml
	@$(BIN)/pip-compile -q --extra dev --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## remove the environment and caches, not the data folder
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
