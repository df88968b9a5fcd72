# Every command creates .venv when needed. Requirements: Python 3.11 or newer, make, a package index. No root, no Docker, no Galaxy.
#   make demo                         a whole run against the local AWS: plan, waves, report
#   make test [STEPS="unit lint"]     all test steps; `make test STEPS=list` lists them
#   make lint                         only the static checks
#   make bench [BENCH=planner]        the benchmarks
#   make chaos [SEEDS=20] [FROM=1]    seeded runs with kills, faults and several controllers; FROM=17 SEEDS=1 is seed 17
#   make local-aws [SCENARIO=file] [PORT=5055] [RATE=60]
#   make format                       layout of Python; defaults and README tables of roles from their argument_specs
#   make docs / clean
DEV := ./tools/dev.sh
STEPS ?=
SCENARIO ?= tests/local_aws/scenarios/demo.yml
PORT ?= 5055
RATE ?=
BENCH ?=
SEEDS ?= 20
FROM ?= 1
ARGS ?=

.PHONY: help setup demo test lint bench chaos local-aws format docs clean
# Commands run one after another, also with -j: the tests use both cores by themselves and share .cache.
.NOTPARALLEL:

help:
	@sed -n 's/^#   //p' Makefile

setup:
	@$(DEV) setup

demo:
	@$(DEV) demo $(ARGS)

test:
	@$(DEV) test $(STEPS)

lint:
	@$(DEV) test lint format docs changelog conventions

bench:
	@$(DEV) bench $(BENCH)

chaos:
	@$(DEV) chaos --seeds "$(SEEDS)" --from "$(FROM)" $(ARGS)

local-aws:
	@$(DEV) local-aws --scenario "$(SCENARIO)" --port "$(PORT)" $(if $(RATE),--clock-rate "$(RATE)") $(ARGS)

format:
	@$(DEV) format

docs:
	@$(DEV) docs

clean:
	@$(DEV) clean
