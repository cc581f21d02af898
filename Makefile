PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow bench bench-peers clean

demo: .venv/demo
	$(BIN)/python scripts/reconstruct_hubble.py --out runs/hz

test: .venv/test
	$(BIN)/ruff check bayesnn tests scripts benchmarks
	$(BIN)/ruff format --check bayesnn tests scripts benchmarks
	$(BIN)/mypy
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

test-slow: .venv/test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal -m slow tests

bench: .venv/test
	$(BIN)/python -m benchmarks.bench_hubble
	$(BIN)/python -m benchmarks.bench_posteriordb

bench-peers: .venv-peers/peers
	.venv-peers/bin/python -m benchmarks.bench_nist

clean:
	rm -rf .venv .venv-peers runs dist .pytest_cache .mypy_cache .ruff_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python >= 3.11 is needed, $(PYTHON) is older: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/demo: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/test: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ .venv/demo

.venv-peers/peers: requirements-peers.txt pyproject.toml
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -e . -r requirements-peers.txt
	@touch $@
