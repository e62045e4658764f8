# seatrial: every target creates .venv by itself when it is missing. `make help` lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LIGHT  := $(VENV)/.light
STAMP  := $(VENV)/.installed
LM_EVAL := $(VENV)/.lm-eval
LAB    ?= $(wildcard ../shared/lab)

.DEFAULT_GOAL := help
.PHONY: help demo test chromium test-real check lint types contracts docs docs-check format update-gold bench scoreboard refit clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "seatrial needs Python 3.11 or newer (PYTHON=... names one)"; exit 1; }
	$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --without-pip $(VENV) && \
	{ $(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "this Python has no pip: apt install python3-venv"; rm -rf $(VENV); exit 1; }; }

$(LIGHT): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[embedded]'
	@touch $@

$(STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[embedded,dev]'
	@touch $@ $(LIGHT)

$(LM_EVAL): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[lm-eval]'
	@touch $@

demo: $(LIGHT) ## a real model on the embedded engine: four experiments, two candidates, one answer
	$(BIN)/seatrial run

test: $(STAMP) chromium ## the tests (at most 5 minutes)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not real'

chromium: ## Debian's Chromium for the tests of pages, where there is none and it may be installed
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } \
	|| echo "NOT TESTED: there is no Chromium, so tests of pages are skipped; as root, apt-get install chromium"

test-real: $(STAMP) $(LM_EVAL) ## the suites against real Ollama and real vLLM, where the lab is, and real lm-eval
	SEATRIAL_LAB='$(LAB)' $(BIN)/python -m pytest -m real -s

check: lint types contracts docs-check ## lint + types + contracts + generated docs

lint: $(STAMP)
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

docs: $(STAMP) ## write the generated parts of the docs
	$(BIN)/cog -r docs/*.md README.md

docs-check: $(STAMP)
	$(BIN)/cog --check docs/*.md README.md

format: $(STAMP) ## format the code
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

update-gold: $(STAMP) ## write the gold files of the reports anew
	SEATRIAL_UPDATE_GOLD=1 $(BIN)/python -m pytest tests/report/test_gold.py tests/report/test_comparison_gold.py tests/report/plan/test_gold.py

bench: $(STAMP) ## accuracy and cost of the client, coverage of the intervals; writes docs/benchmarks.md, docs/coverage.md
	SEATRIAL_TRUTHSERVER_C='$(wildcard $(LAB)/truthserver.c)' $(BIN)/python bench/accuracy.py --install
	$(BIN)/python bench/coverage.py
	$(BIN)/python bench/planning.py

scoreboard: $(STAMP) ## every prediction against public measurements, families and GPUs left out; writes docs/accuracy.md
	$(BIN)/python -m bench.scoreboard

refit: $(STAMP) ## fit the shipped factors to the public measurements anew; then `make scoreboard`
	$(BIN)/python -m bench.scoreboard.refit

clean: ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
