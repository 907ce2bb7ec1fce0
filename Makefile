# One line of help per target: `make help`. Everything installs itself into .venv from the locked requirements.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CATALOGUE := portal/locales/zh/LC_MESSAGES/portal.mo

.PHONY: help serve demo test check site mutants bench package deploy catalogue sentences clean

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

serve: $(VENV)/.serve $(CATALOGUE) ## site and portal on http://127.0.0.1:8000
	@$(BIN)/tonghao serve

demo: $(VENV)/.serve $(CATALOGUE) ## fill the store with a believable community of 200
	@$(BIN)/tonghao demo

site: $(VENV)/.serve ## the public site alone, into build/site
	@$(BIN)/tonghao site build

test: $(VENV)/.dev .venv-emulator/.done $(CATALOGUE) ## everything, browser tests included
	@infra/browser
	@$(BIN)/pytest -n auto --dist loadgroup

check: $(VENV)/.dev ## style, types, walls of the house, charter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/tonghao charter check
	@$(BIN)/tonghao site check

mutants: $(VENV)/.dev $(CATALOGUE) ## break the ledger's rules one at a time, and see the tests catch each
	@$(BIN)/python tests/points/mutants.py

bench: $(VENV)/.dev .venv-emulator/.done $(CATALOGUE) ## each figure as a ratio with its baseline of the same run
	@$(BIN)/python tests/bench/run.py

package: $(VENV)/.dev $(CATALOGUE) ## the function's zip, into build/package
	@$(BIN)/python infra/package.py

deploy: $(VENV)/.dev $(CATALOGUE) ## STAGE=dev: stack, parameters, function
	@$(BIN)/python infra/deploy.py $(STAGE)

catalogue: $(CATALOGUE) ## compile the Chinese sentences

sentences: $(VENV)/.dev ## collect new sentences into the catalogue, to be translated
	@$(BIN)/pybabel -q extract -F portal/locales/babel.cfg -k N_ -k _ --no-location --omit-header --sort-output -o build/portal.pot portal
	@$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-pot-creation-date -i build/portal.pot -l zh -D portal -d portal/locales

clean: ## forget what was generated; never the data in var/
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis $(CATALOGUE)

# The environment grows: `serve` needs little, `test` and `check` more.
$(VENV)/.made:
	@infra/prerequisites $(PYTHON)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.serve: requirements.txt pyproject.toml | $(VENV)/.made
	@echo "Installing what serving needs …"
	@test -f $(VENV)/.dev || $(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@PYTHONWARNINGS=ignore $(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(VENV)/.made
	@echo "Installing what tests and checks need …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.venv-emulator/.done: requirements-emulator.txt
	@infra/prerequisites $(PYTHON)
	@echo "Installing the AWS emulator …"
	@$(PYTHON) -m venv .venv-emulator
	@.venv-emulator/bin/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-emulator.txt
	@touch $@

%.mo: %.po | $(VENV)/.made
	@test -x $(BIN)/pybabel || $(MAKE) --no-print-directory $(VENV)/.serve
	@$(BIN)/pybabel -q compile -i $< -o $@
