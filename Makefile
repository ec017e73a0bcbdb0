# SPDX-License-Identifier: Apache-2.0
# The few commands of this project. `make` alone lists them; what each does lies in tools/.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help setup run release test e2e bench fuzz sim fmt tidy

PYTHON := /usr/bin/python3
JOBS ?= $(shell nproc)
# What `make fuzz`, `make sim`, `make e2e`, `make bench` and `make tidy` may be told.
TARGET ?=
SECONDS_EACH := $(if $(filter-out undefined environment,$(origin SECONDS)),$(SECONDS),60)
SEEDS ?= 1000
SEED ?=
TESTS ?=
PARTS ?=
ROUNDS ?= 15
ALL ?=

help: ## list the commands
	@sed -nE 's/^([a-z0-9]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## install what building and testing needs (Debian 12, root or sudo)
	@tools/setup.sh test

run: ## build, start an example upstream and the gateway before it, print curl lines
	@tools/setup.sh run
	@$(MAKE) --no-print-directory build/release/reeve
	@tools/run_example.sh

release: ## build build/release/reeve
	@tools/setup.sh run
	@$(MAKE) --no-print-directory build/release/reeve

# Always asked: ninja knows what is up to date.
.PHONY: build/release/reeve
build/release/reeve:
	@mkdir -p build
	@cmake --preset release -Wno-dev >build/release-configure.log 2>&1 || { cat build/release-configure.log; exit 1; }
	@cmake --build build/release -j $(JOBS) --target reeve

test: ## install, build and run every test; the last line is the sum
	@tools/setup.sh test
	@$(PYTHON) tools/test.py

e2e: ## only the end-to-end tests; TESTS="-k routing" or a file narrows them
	@$(PYTHON) tools/test.py --only release,e2e -- $(TESTS)

bench: ## compare with nginx, HAProxy, Envoy; PARTS="forward tls governed refusal scale policy keys" ROUNDS=15
	@tools/setup.sh bench
	@$(PYTHON) bench/run.py --rounds $(ROUNDS) $(if $(PARTS),--parts "$(PARTS)")

fuzz: ## fuzz for as long as asked: TARGET=h1_request SECONDS=60
	@tools/setup.sh test
	@tools/fuzz.sh "$(TARGET)" "$(SECONDS_EACH)"

sim: ## the simulator: SEEDS=1000, or one SEED=…
	@tools/setup.sh test
	@cmake --preset dev -Wno-dev >/dev/null && cmake --build build/dev -j $(JOBS) --target reeve_simulate
	@build/dev/reeve_simulate $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

fmt: ## format the C++ files
	@git ls-files -co --exclude-standard -- '*.cpp' '*.h' | xargs -r clang-format-19 -i

tidy: ## the project's own rules, and clang-tidy on changed files (ALL=1: on all)
	@$(PYTHON) tools/tidy.py
	@tools/clang_tidy.sh $(ALL)
