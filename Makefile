# Everything a person does here, by name. `make help` lists it. Needs Python 3.11 or newer and make, nothing else.
# Settings (PORT, QOSYL_DATA_DIR, …) may be given on the command line: `make run PORT=8123 QOSYL_DATA_DIR=/some/dir`.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Byte code is made at the first import, which halves the time of an installation; so it must be allowed to be written.
PIP_INSTALL := $(PIP) install --require-hashes --progress-bar off --no-compile
unexport PYTHONDONTWRITEBYTECODE
FLASK := $(BIN)/python -m flask --app app

# The first interpreter found that is new enough; `make run PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

PYTEST_ARGS ?=
# Processes that `make test` runs at once.
TEST_PROCESSES ?= 2
KEY_NAME ?= made by make key
KEY_ROLE ?= publisher

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-long check lint fmt bench api-examples demo key clean lock

help: ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/requirements.stamp ## Serve on http://127.0.0.1:8000 (PORT=…, QOSYL_DATA_DIR=…, QOSYL_DEMO=0 for an empty store)
	@exec $(FLASK) serve

test: $(VENV)/requirements-dev.stamp ## Run the whole test suite
	@$(BIN)/python -m pytest -q -n $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder $(PYTEST_ARGS)

test-long: $(VENV)/requirements-dev.stamp ## Run the same tests with large counts (hundreds of kills, more fuzzing)
	@QOSYL_LONG=1 $(BIN)/python -m pytest -q $(PYTEST_ARGS)

check: lint ## Lint, check types and run the fast tests
	@$(BIN)/python -m pytest -q -m "not slow and not browser" $(PYTEST_ARGS)

lint: $(VENV)/requirements-dev.stamp ## Check style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

fmt: $(VENV)/requirements-dev.stamp ## Format the code and mend what lint can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/requirements-dev.stamp ## Measure speed and print the table
	@$(BIN)/python -m bench

api-examples: $(VENV)/requirements-dev.stamp ## Write docs/api-examples.md anew from what the service answers
	@$(BIN)/python -m tests.api_examples

demo: $(VENV)/requirements.stamp ## Load the sample release into the store
	@$(FLASK) demo

key: $(VENV)/requirements.stamp ## Make another access key and show it once (KEY_NAME=…, KEY_ROLE=contributor|publisher|admin)
	@$(FLASK) keys create --name "$(KEY_NAME)" --role "$(KEY_ROLE)"

clean: ## Remove the virtual environment and caches; data stays
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(VENV)/requirements-dev.stamp ## Write requirements*.txt anew from requirements*.in
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -q \
		requirements.in -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -q \
		-c requirements.txt requirements-dev.in -o requirements-dev.txt

$(BIN)/python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "Qosyl needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@echo "Making the virtual environment in $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module does not work here; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/requirements.stamp: requirements.txt | $(BIN)/python
	@echo "Installing the pinned requirements (about a minute the first time)"
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

# requirements-dev.txt holds everything of requirements.txt, in the same versions, so one installation serves both.
$(VENV)/requirements-dev.stamp: requirements-dev.txt requirements.txt | $(BIN)/python
	@echo "Installing the pinned development requirements (about two minutes the first time)"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $(VENV)/requirements.stamp $@
