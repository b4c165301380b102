# Everything a developer does with Octavo. `make help` lists it.
# Needs Python 3.11 or newer with venv; all else comes hashed from requirements/.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run up down test load check fmt openapi bench deploy destroy pins clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv and install the pinned requirements

$(READY): requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Octavo needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --offline --editable .
	@touch $@

up: $(READY) ## start the local stack in the background (OCTAVO_PORT, OCTAVO_DATA)
	@$(BIN)/python -m infra.local up

down: ## stop the local stack and forget its data
	@test ! -x $(BIN)/python || $(BIN)/python -m infra.local down

run: up ## make the example report through the local stack, into out/ (FORCE=1 makes it anew)
	@mkdir -p out
	@$(BIN)/octavo submit flights --format csv --output out/flights.csv $(if $(FORCE),--force)
	@$(BIN)/octavo submit flights --format pdf --output out/flights.pdf $(if $(FORCE),--force)
	@echo
	@echo "These are the flights report, as the deployed functions made it. Next, with . $(BIN)/activate:"
	@echo "  octavo types                                        what can be asked for"
	@echo "  octavo submit flights -p carrier=UA -f pdf --wait   one airline's flights"
	@echo "  octavo submit airport_statements -o out/            pages that the report type draws itself"
	@echo "  octavo --help                                       the rest; README.md adds a report of your own"
	@echo "  make down                                           stop the local stack, which is still up"

# A file's tests stay together for their fixtures, and so do the files that share a stack (tests/conftest.py);
# the longest, tests/e2e, go first.
test: $(READY) node_modules ## run every test, and list the ten slowest
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=10

load: $(READY) node_modules ## a hundred callers at once for a minute, on a stack of their own
	OCTAVO_LOAD=1 $(BIN)/python -m pytest tests/e2e/test_load.py

check: $(READY) ## format, lint and strict types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: $(READY) ## apply the format and the lint fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(READY) ## renew docs/openapi.json from the code
	$(BIN)/python -m octavo.openapi > docs/openapi.json

bench: $(READY) ## measure against what people use instead, into benchmarks/results.json
	@test -x .octavo/bench/bin/python || $(PYTHON) -m venv .octavo/bench
	$(BIN)/uv pip sync --quiet --python .octavo/bench/bin/python --require-hashes requirements/bench.txt
	$(BIN)/uv pip install --quiet --python .octavo/bench/bin/python --no-deps --offline --editable .
	.octavo/bench/bin/python -m benchmarks

pins: $(READY) ## renew requirements/*.txt from pyproject.toml
	requirements/compile

deploy: $(READY) node_modules ## deploy to AWS (ARGS="-c name=value"; docs/deploy.md)
	node_modules/.bin/cdk deploy $(ARGS)

destroy: $(READY) node_modules ## remove the stack from AWS (docs/deploy.md says what stays)
	node_modules/.bin/cdk destroy $(ARGS)

# The tools that npm alone has: the CDK CLI, the checker of state machines, the compiler of the bundle's bytecode.
node_modules: package.json package-lock.json $(READY)
	$(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

clean: down ## remove .venv and everything the local stack wrote
	rm -rf $(VENV) .octavo out cdk.out node_modules
