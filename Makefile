# Everything runs from .venv, which make builds from requirements.lock when it is missing or stale.
# Needed: make and Python >= 3.11 (another one: make PYTHON=python3.12 run).

PYTHON ?= python3
RAW ?= raw
WAREHOUSE ?= warehouse
GOLD ?= $(firstword $(wildcard ../shared/gold/en) tests/gold/development)
LOCK_OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help run build collect test check format bench bench-scale torture fuzz evaluate quality name-bench lexicon-report dictionary readme lock clean

# The stamp carries the place: a .venv copied or moved along with its folder is not usable there.
PLACE := $(shell pwd | cksum | cut -d ' ' -f 1)
VENV := .venv/.built-$(PLACE)
BENCH := .venv/.bench-$(PLACE)
PIP := .venv/bin/python -m pip install --quiet --quiet --no-input --no-compile --disable-pip-version-check
COMPILE := .venv/bin/python -m uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --annotation-style line \
	--custom-compile-command "make lock" $(LOCK_OPTIONS)

help:
	@echo 'make run         build $(WAREHOUSE)/ from $(RAW)/ through the Prefect flow'
	@echo 'make build       the same without Prefect'
	@echo 'make collect     fetch what is new at the sources of $(RAW)/sources.yaml into $(RAW)/collected/'
	@echo 'make test        check, then run all tests'
	@echo 'make check       lint, format, types, import contracts'
	@echo 'make format      rewrite the code in the common format'
	@echo 'make evaluate    score the extraction on $(GOLD)'
	@echo 'make quality     score every annotated set; rewrite docs/quality.md and rule_precision.csv'
	@echo 'make bench       measure speed, by format too, copies found, and sentence splitting against other tools'
	@echo 'make bench-scale measure builds, refreshes and views at 1,000 to 50,000 documents (half an hour)'
	@echo 'make torture     kill refreshes, fill the disk, read meanwhile; see that no one sees a half'
	@echo 'make fuzz        change files of every format at random for ten minutes, and see that readers bear it'
	@echo 'make name-bench  score the comparison of personal names and rewrite docs/name_bench.md'
	@echo 'make lexicon-report   print in how many annotated and corpus texts each lexicon row fires'
	@echo 'make dictionary  rewrite docs/data_dictionary.md and docs/settings.md from the code'
	@echo 'make readme      rewrite what the examples of README.md print'
	@echo 'make lock        rewrite the locks (LOCK_OPTIONS=--upgrade for newer versions)'
	@echo 'make clean       remove .venv and caches'

run: $(VENV)
	@.venv/bin/sco-pipeline run --raw '$(RAW)' --warehouse '$(WAREHOUSE)'

build: $(VENV)
	@.venv/bin/sco-pipeline build --raw '$(RAW)' --warehouse '$(WAREHOUSE)'

collect: $(VENV)
	@.venv/bin/sco-pipeline collect --raw '$(RAW)' --warehouse '$(WAREHOUSE)'

test: check
	@.venv/bin/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check --output-format concise . \
		|| { echo 'check: not in the common format; run: make format' >&2; exit 1; }
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports --no-logo

format: $(VENV)
	@.venv/bin/python -m ruff check --fix --quiet . || true
	@.venv/bin/python -m ruff format .

fuzz: $(VENV)
	@.venv/bin/python bench/fuzz_readers.py

evaluate: $(VENV)
	@.venv/bin/sco-pipeline evaluate --gold '$(GOLD)'

quality: $(VENV)
	@.venv/bin/python bench/quality.py

bench: $(BENCH)
	@.venv/bin/python bench/extraction_speed.py
	@.venv/bin/python bench/formats.py
	@.venv/bin/python bench/duplicates.py
	@.venv/bin/python bench/sentence_splitters.py

bench-scale: $(VENV)
	@.venv/bin/python bench/scale.py

torture: $(VENV)
	@.venv/bin/python bench/torture.py

name-bench: $(VENV)
	@.venv/bin/python bench/name_bench.py

lexicon-report: $(VENV)
	@.venv/bin/python bench/lexicon_report.py

dictionary: $(VENV)
	@.venv/bin/python -m sco_pipeline.data_dictionary
	@.venv/bin/python -m sco_pipeline.settings

readme: $(VENV)
	@.venv/bin/python tests/readme.py

lock: $(VENV)
	@$(COMPILE) pyproject.toml --group test --group dev --output-file requirements.lock
	@$(COMPILE) --group bench --constraint requirements.lock --output-file requirements-bench.lock

clean:
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV): requirements.lock pyproject.toml
	@command -v '$(PYTHON)' >/dev/null 2>&1 \
		|| { echo 'make: no $(PYTHON) here; install Python 3.11 or newer, or name one: make PYTHON=/path/to/python' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "make: Python 3.11 or newer is needed, $(PYTHON) is $$('$(PYTHON)' --version 2>&1); name another: make PYTHON=python3.12" >&2; exit 1; }
	@if ! ls .venv/.built-* 2>/dev/null | grep -qx '$(VENV)' || ! .venv/bin/python -c '' 2>/dev/null; then rm -rf .venv; fi
	@echo 'make: installing the locked packages into .venv (a minute or two the first time) ...' >&2
	@test -x .venv/bin/python || '$(PYTHON)' -m venv .venv \
		|| { rm -rf .venv; echo 'make: venv failed; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch '$(VENV)'

$(BENCH): $(VENV) requirements-bench.lock
	@echo 'make: installing the tools to compare with ...' >&2
	@$(PIP) --require-hashes --requirement requirements-bench.lock
	@touch '$(BENCH)'
