# The tasks of a developer of Octavo. `make help` lists them.
# They need Python 3.11 or newer with venv. requirements/ lists everything else, with hashes.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run up down test load burst check fmt openapi bench deploy destroy pins clean

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

down: ## stop the local stack and delete its data
	@test ! -x $(BIN)/python || $(BIN)/python -m infra.local down

run: up ## create the example reports on the local stack and save them in out/ (FORCE=1 renews them)
	@mkdir -p out
	@$(BIN)/octavo submit flights --format csv --output out/flights.csv $(if $(FORCE),--force)
	@$(BIN)/octavo submit flights --format xlsx --output out/flights.xlsx $(if $(FORCE),--force)
	@$(BIN)/octavo submit flights --format pdf --output out/flights.pdf $(if $(FORCE),--force)
	@echo
	@echo "The deployed functions created the flights report in out/. Run . $(BIN)/activate, and then try:"
	@echo "  octavo types                                        list the report types"
	@echo "  octavo submit flights -p carrier=UA -f pdf --wait   create a PDF with the flights of one airline"
	@echo "  octavo submit airport_statements -o out/            create a PDF whose pages the report type draws"
	@echo "  octavo --help                                       list all commands"
	@echo "  make down                                           stop the local stack, which is still running"
	@echo "README.md shows how to add your own report type."

# The tests of one file run together, because they share fixtures. So do files that share a stack (tests/conftest.py).
# The longest ones, tests/e2e, run first.
test: $(READY) node_modules ## run every test and list the ten slowest
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=10

load: $(READY) node_modules ## run the bursts and a minute of a hundred callers, on separate stacks
	OCTAVO_LOAD=1 $(BIN)/python -m pytest -s tests/e2e/test_load.py tests/e2e/test_bursts.py

burst: $(READY) ## simulate bursts of reports (LIMIT=concurrent executions of the account, SEED, ARGS)
	@$(BIN)/python -m benchmarks.burst $(addprefix --limit=,$(LIMIT)) $(addprefix --seed=,$(SEED)) $(ARGS)

check: $(READY) ## check format, lint and strict types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: $(READY) ## apply the format and the lint fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(READY) ## renew docs/openapi.json from the code
	$(BIN)/python -m octavo.http.openapi > docs/openapi.json

bench: $(READY) ## compare with the tools that people use instead; writes benchmarks/results.json
	@test -x .octavo/bench/bin/python || $(PYTHON) -m venv .octavo/bench
	$(BIN)/uv pip sync --quiet --python .octavo/bench/bin/python --require-hashes requirements/bench.txt
	$(BIN)/uv pip install --quiet --python .octavo/bench/bin/python --no-deps --offline --editable .
	.octavo/bench/bin/python -m benchmarks

pins: $(READY) ## renew requirements/*.txt from pyproject.toml
	requirements/compile

deploy: $(READY) node_modules ## deploy to AWS (ARGS="-c name=value"; docs/deploy.md)
	@rm -f cdk.out/outputs.json
	node_modules/.bin/cdk deploy --outputs-file cdk.out/outputs.json $(ARGS)
	@$(BIN)/python -m infra.versions cdk.out/outputs.json

destroy: $(READY) node_modules ## remove the stack from AWS (docs/deploy.md says what stays)
	node_modules/.bin/cdk destroy $(ARGS)

# Tools that only npm offers: the CDK CLI, the validator of state machines, the compiler of the bundle's bytecode.
node_modules: package.json package-lock.json $(READY)
	$(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

clean: down ## remove .venv and everything the local stack wrote
	rm -rf $(VENV) .octavo out cdk.out node_modules
