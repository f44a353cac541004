# Needs Python 3.11 or newer and make; everything else is installed under .venv/ and .make/.
# A stamp file stands for each finished step, so that a second run starts at once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON  ?= $(shell command -v python3.11 || command -v python3)
WORKERS ?= 4
MATRIX_WORKERS ?= 18
LOAD_WORKERS ?= 4

PACKAGES := chatproof conformance fixtures reports load
TYPED    := chatproof conformance fixtures reports $(patsubst %/__init__.py,%,$(wildcard load/*/__init__.py))
SOURCES  := $(shell find $(PACKAGES) -not -path "*/__pycache__*" 2>/dev/null)
USER_BIN := .venv/bin
TEST_BIN := .make/venv/bin
PIP      := -m pip -qq --disable-pip-version-check
PYTEST   := $(TEST_BIN)/python -Im pytest -q -p no:cacheprovider

# A machine that stands still for a moment fails one test or another: three of them are tried once more, a fourth fails.
SECOND_TRY := --reruns 1 --max-suite-reruns 3 --rerun-show-tracebacks

# Only what the Makefile passes reaches the tests.
unexport PYTEST_ADDOPTS PYTEST_PLUGINS PYTHONPATH PYTHONHOME VIRTUAL_ENV

LOAD_TESTS := tests/capacity tests/checklist tests/gate tests/load_client tests/load_command tests/load_runtime tests/load_samples tests/load_targets tests/load_verify \
	tests/load_workloads tests/real/test_load_on_real_backends.py

BENCHMARKS := $(wildcard tests/benchmarks/test_*.py)
LOAD_BENCHMARKS := $(wildcard tests/benchmarks/test_load_*.py tests/benchmarks/test_stream_*.py)

.PHONY: help install demo test faults loads suite bench lint types-folders types-tests format matrix coverage clean

help: ## Lists the targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

install: .make/user ## Installs chatproof and its extra `stream` into .venv

demo: .make/user ## Checks the embedded reference backend, puts it under load for 20 s, and writes a report
	@$(USER_BIN)/chatproof check --reference
	@$(USER_BIN)/chatproof load --reference --config docs/examples/load-20s.toml
	@echo 'Open file://$(CURDIR)/chatproof-report/index.html in a browser.'

test: lint bench faults loads suite ## Lint, types, benchmarks and all tests, on the built wheel in a clean environment

faults: .make/wheel ## Every fault against every requirement; the rows wait most of the time, so that many run at once
	@$(PYTEST) -p no:benchmark -n $(MATRIX_WORKERS) --dist worksteal tests/matrix tests/legal

loads: .make/wheel ## The tests of the load side, whose runs wait most of the time too
	@$(PYTEST) -p no:benchmark -n $(LOAD_WORKERS) --dist worksteal $(SECOND_TRY) $(LOAD_TESTS)

suite: .make/wheel .make/axe ## All other tests, on the built wheel
	@CHATPROOF_AXE="$$(ls .make/axe/node_modules/axe-core/axe.min.js 2>/dev/null)" $(PYTEST) -p no:benchmark -n $(WORKERS) --dist worksteal $(SECOND_TRY) --ignore=tests/benchmarks --ignore=tests/matrix --ignore=tests/legal \
		$(patsubst %,--ignore=%,$(LOAD_TESTS))

bench: .make/wheel ## The benchmarks, nothing beside them; those of load leave a large heap, so they have a process of their own
	@$(PYTEST) -p no:xdist $(filter-out $(LOAD_BENCHMARKS),$(BENCHMARKS))
	@$(PYTEST) -p no:xdist $(LOAD_BENCHMARKS)

lint: .make/lint ## ruff, its formatter, and mypy strict over everything

format: .make/tools ## Formats and mends what ruff can mend
	@$(TEST_BIN)/ruff check --quiet --fix .
	@$(TEST_BIN)/ruff format --quiet .

matrix: .make/wheel ## Writes the golden matrix again, from what every fault breaks, then says what is wrong with it
	@$(PYTEST) -p no:benchmark -n $(MATRIX_WORKERS) tests/matrix -k exactly_its_row --update-matrix
	@$(PYTEST) -p no:benchmark -p no:xdist tests/matrix -k 'not exactly_its_row'

coverage: .make/wheel ## Runs the tests in one process and says which branches they missed
	@$(TEST_BIN)/python -Im coverage run --data-file=.make/coverage -m pytest -q -p no:cacheprovider -p no:benchmark \
		--ignore=tests/benchmarks
	@$(TEST_BIN)/python -Im coverage report --data-file=.make/coverage --skip-covered --show-missing

clean: ## Removes everything that these targets made
	rm -rf .venv .make build dist *.egg-info chatproof-report .mypy_cache .ruff_cache .pytest_cache .hypothesis

.make/python:
	@test -n '$(PYTHON)' && '$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; hint: make PYTHON=/path/to/python3.11' >&2; exit 2; }
	@mkdir -p .make && touch $@

.make/user: pyproject.toml | .make/python
	@echo 'installing chatproof[stream] into .venv'
	@test -x $(USER_BIN)/python || '$(PYTHON)' -m venv .venv
	@$(USER_BIN)/python $(PIP) install --upgrade 'pip>=25.1'
	@$(USER_BIN)/python $(PIP) install --editable '.[stream]'
	@touch $@

.make/tools: pyproject.toml | .make/python
	@echo 'installing the development tools into .make/venv'
	@test -x $(TEST_BIN)/python || '$(PYTHON)' -m venv .make/venv
	@$(TEST_BIN)/python $(PIP) install --upgrade 'pip>=25.1'
	@$(TEST_BIN)/python $(PIP) install --group dev
	@touch $@

# setuptools takes everything that it finds in build/ into the wheel, also what has been deleted since.
.make/wheel: .make/tools $(SOURCES) README.md LICENSE
	@echo 'building the wheel and installing it into .make/venv'
	@rm -rf build .make/dist
	@$(TEST_BIN)/python $(PIP) wheel --no-deps --wheel-dir .make/dist .
	@$(TEST_BIN)/python $(PIP) install .make/dist/chatproof-*.whl
	@$(TEST_BIN)/python $(PIP) install --force-reinstall --no-deps .make/dist/chatproof-*.whl
	@$(TEST_BIN)/python -Ic 'import chatproof, sys; sys.exit("site-packages" not in chatproof.__file__)'
	@touch $@

# What judges the accessibility of reports, in Chromium: where npm or Chromium is missing that test is skipped.
.make/axe: | .make/python
	@npm install --silent --no-audit --no-fund --fetch-timeout=20000 --fetch-retries=1 --prefix .make/axe.new axe-core >/dev/null 2>&1 || true
	@mkdir -p .make/axe.new && rm -rf $@ && mv .make/axe.new $@

# The folders are checked where they stand; the tests, and the files that Locust is given, against the installed wheel.
.make/lint: .make/wheel $(shell find tests -name '*.py' 2>/dev/null)
	@$(TEST_BIN)/ruff check --quiet .
	@$(TEST_BIN)/ruff format --quiet --check .
	@$(MAKE) -j2 types-folders types-tests
	@touch $@

types-folders:
	@$(TEST_BIN)/mypy --config-file pyproject.toml --cache-dir .make/mypy --no-error-summary $(TYPED)

types-tests:
	@cd tests && ../$(TEST_BIN)/mypy --config-file ../pyproject.toml --cache-dir ../.make/mypy-tests --no-error-summary \
		--explicit-package-bases .
	@cd load && ../$(TEST_BIN)/mypy --config-file ../pyproject.toml --cache-dir ../.make/mypy-tests --no-error-summary \
		--explicit-package-bases $(filter-out __init__.py,$(notdir $(wildcard load/*.py)))
