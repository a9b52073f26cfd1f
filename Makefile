# Set-up and habits. `make demo` and `make test` do all that is needed on a machine with Python 3.11+ and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

QUICK := tests/estimate tests/language/test_language.py

.PHONY: demo test quick lint typecheck docs clean

demo: $(VENV)/user
	$(BIN)/subsidy estimate examples/old-factory.toml -s 1.01

test: $(VENV)/developer
	$(BIN)/python -m pytest -n 2 --dist loadfile

# The quick tests alone, e.g. on another Python: make quick PYTHON=python3.13 VENV=.venv-3.13
quick: $(VENV)/user
	$(BIN)/pip install --quiet pytest hypothesis
	$(BIN)/python -m pytest $(QUICK)

lint: $(VENV)/developer
	$(BIN)/ruff check calc tests benchmarks

typecheck: $(VENV)/developer
	$(BIN)/mypy

docs: $(VENV)/developer
	$(BIN)/python docs/generate.py

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed (make PYTHON=python3.12 …)")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/user: $(VENV)/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --editable .
	$(BIN)/python -m compileall -q calc
	@touch $@

$(VENV)/developer: $(VENV)/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --editable '.[spark,dev]'
	$(BIN)/python -m compileall -q calc
	@touch $@ $(VENV)/user

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
