# The everyday commands. `make` alone lists them; each prepares what it needs (Node 24, dependencies, build).
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The project's Node 24 where bin/setup has fetched it, else the user's own.
export PATH := $(CURDIR)/bin/toolchain/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Read by the demo: DEMO=once ends by itself after the table.
export DEMO
# Read by the chaos harness.
export SEED QUICK RECORD SOURCES BUG EVENTS SECONDS_OF_FAULTS FAULTS KILLS
# Read by the soak.
export HOURS RATE FAULT_MINUTES SAMPLES
# Read by the check of upgrades.
export FROM
# Read by the fuzzer.
export TARGET SECONDS KEEP

.PHONY: help setup build demo test unit lint check format bench chaos soak upgrade-check fuzz mutate clean

help: ## list these commands
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

setup: ## Node 24 and the dependencies
	@bin/setup --no-build

build: ## compile into dist
	@bin/setup

demo: ## push seven images at a real registry and look at the verdicts (DEMO=once ends after the table)
	@LAZARET_DEMO_STARTED=$$(date +%s) && export LAZARET_DEMO_STARTED && bin/setup && exec node test/demo/main.ts

test: ## everything: lint, types, and all tests against real servers
	@bin/setup
	@bin/fetch-test-servers
	@node test/support/report/run-all.ts

unit: setup ## the fast tests that need no server
	@vitest run --project unit

lint: setup ## Biome: format, rules and import fences
	@biome check --error-on-warnings .

format: setup ## let Biome correct what it can
	@biome check --write .

check: setup ## types
	@tsc -p tsconfig.json

bench: ## measure (docs/performance.md says what)
	@bin/setup
	@bin/fetch-test-servers registry olareg
	@node test/bench/main.ts

chaos: ## a workload under faults, held against the invariants; SEED=7 QUICK=1 RECORD=roles KILLS=200 BUG=ack-before-commit
	@bin/setup --no-build
	@bin/fetch-test-servers olareg redis postgres $(if $(findstring kafka,$(SOURCES)),kafka) $(if $(findstring sqs,$(SOURCES)),elasticmq)
	@exec node test/chaos/main.ts

soak: ## the same at a steady rate for HOURS=2, a fault every FAULT_MINUTES=5, and whether anything grows
	@bin/setup
	@bin/fetch-test-servers olareg redis postgres
	@exec node test/chaos/soak/main.ts

upgrade-check: ## processes of an earlier build replaced one by one under the workload; FROM=REV EVENTS=2000
	@bin/setup
	@bin/fetch-test-servers olareg redis postgres
	@exec node test/chaos/upgrade/main.ts

fuzz: ## every parser of hostile bytes, guided by coverage; TARGET=bundle,policy SECONDS=60 KEEP=1 for the corpus
	@bin/setup --no-build
	@exec nice -n 19 node test/fuzz/main.ts

mutate: setup ## mutation testing of verification and policy, for hours; FILES=src/policy/judge/match-text.ts for some
	@[[ test/mutation/node_modules/.package-lock.json -nt test/mutation/package-lock.json ]] || \
	  (cd test/mutation && npm ci --ignore-scripts --loglevel=error >/dev/null && touch node_modules/.package-lock.json)
	@test/mutation/node_modules/.bin/stryker run test/mutation/stryker.config.json $(if $(FILES),--mutate $(FILES))

clean: ## delete what was built, fetched and left by runs; dependencies stay
	@rm -rf dist .cache .demo coverage
