# Every target makes .venv and builds what it needs; a second run builds only what changed.
# Rust is kept outside the checkout, so that a clean clone compiles only our own crates again.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export CARGO_TARGET_DIR ?= $(HOME)/.cache/pymesh/target
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps

# quick: optimized, built in a fraction of the time. bench and wheel use release.
PROFILE ?= quick
RUST := Cargo.toml Cargo.lock .cargo/config.toml $(shell find core_rs -name '*.rs' -o -name Cargo.toml)
CYTHON := $(wildcard plugins/*/*.pyx)
FUZZ_SECONDS ?= 60

.PHONY: help run test lint format bench gates wheel soak fuzz clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(STAMPS)/core-$(PROFILE) $(STAMPS)/cython ## the demo: services, proxy, plugins, client; ONCE=1 for a finite run that checks itself
	$(BIN)/pymesh demo $(if $(ONCE),--once)

test: $(STAMPS)/core-$(PROFILE) $(STAMPS)/cython ## every test: Rust, Python, integration, documentation
	cargo test --workspace --locked --quiet
	$(BIN)/pytest $(PYTEST)

lint: $(STAMPS)/core-$(PROFILE) $(STAMPS)/cython ## formatting, lints, types, floors, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest pymesh._core pymesh.plugins.token_bucket._buckets
	$(BIN)/lint-imports --no-logo
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --log-level error check bans licenses sources; \
	else echo 'skipped: cargo-deny is not installed'; fi

format: $(STAMPS)/tools ## format Rust and Python
	cargo fmt --all
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(STAMPS)/core-release $(STAMPS)/cython ## the figures: beside nginx, HAProxy and Envoy, then criterion and pytest-benchmark; writes README's table
	cargo bench --workspace --locked
	$(BIN)/pytest benches/python --benchmark-only
	benches/load/install-peers.sh
	$(BIN)/python benches/load/rig.py --readme $(BENCH)

gates: $(STAMPS)/core-$(PROFILE) $(STAMPS)/cython ## the figures that do not depend on time
	for gate in benches/gates/*.py; do $(BIN)/python $$gate; done

wheel: PROFILE := release
wheel: $(STAMPS)/tools ## dist/: the source distribution, and the wheel built from it
	rm -rf dist && mkdir dist
	export PATH="$(abspath $(BIN)):$$PATH" MATURIN_PEP517_ARGS="--profile $(PROFILE)"; \
	$(BIN)/python build_backend/backend.py sdist dist; \
	$(BIN)/pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist dist/*.tar.gz
	@ls -sh dist

soak: $(STAMPS)/core-release $(STAMPS)/cython ## held load, reloads, drains: nothing may be lost; SOAK='--seconds 60' for a short one
	$(BIN)/python benches/soak/soak.py $(SOAK)

fuzz: ## every fuzz target for FUZZ_SECONDS
	fuzz/run $(FUZZ_SECONDS)

clean: ## remove what was built here
	rm -rf $(VENV) build dist
	find plugins pymesh -name '*.so' -delete

$(STAMPS)/tools: pyproject.toml
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)
	@$(BIN)/python -c 'import tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*project["dependencies"], *project["optional-dependencies"]["dev"], sep="\n")' \
	> $(STAMPS)/requirements.txt
	$(BIN)/pip install --quiet -r $(STAMPS)/requirements.txt
	@touch $@

$(STAMPS)/cython: $(STAMPS)/tools $(CYTHON) build_backend/backend.py
	$(BIN)/python build_backend/backend.py
	@touch $@

# One extension module lies in the tree, so building it in one profile outdates the others.
$(STAMPS)/core-%: $(STAMPS)/tools $(RUST)
	VIRTUAL_ENV=$(abspath $(VENV)) PIP_QUIET=1 $(BIN)/maturin develop --quiet --profile $*
	@rm -f $(STAMPS)/core-*
	@touch $@
