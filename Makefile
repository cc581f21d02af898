PYTHON ?= python3
BIN := .venv/bin
PEERS := .venv-peers/bin

.PHONY: demo test test-slow bench bench-nist bench-coverage bench-training bench-classes bench-evidence \
	bench-models bench-faces bench-estimators dist-check bench-uci docs clean

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
	$(BIN)/python -m benchmarks.bench_line
	$(BIN)/python -m benchmarks.bench_modes

bench-nist: .venv-peers/peers
	$(PEERS)/python -m benchmarks.bench_nist

bench-coverage: .venv/test
	$(BIN)/python -m benchmarks.bench_coverage

bench-training: .venv-peers/peers
	$(PEERS)/python -m benchmarks.bench_training
	$(PEERS)/python -m benchmarks.bench_members

bench-classes: .venv-peers/peers
	$(PEERS)/python -m benchmarks.bench_classes

bench-evidence: .venv-peers/peers
	OPENBLAS_NUM_THREADS=1 $(PEERS)/python -m benchmarks.bench_evidence

bench-models: .venv/test
	$(BIN)/python -m benchmarks.bench_robot_arm
	$(BIN)/python -m benchmarks.bench_hubble_models

bench-estimators: .venv/test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.bench_estimators --jobs 2

bench-faces: .venv/test
	$(BIN)/python -m benchmarks.bench_faces

dist-check: .venv/test
	$(BIN)/python -m benchmarks.bench_faces --only dist

bench-uci: .venv/test .venv-bde/bde
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.bench_uci

docs: .venv/docs
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf docs/_build docs/api docs/benchmarks docs/gallery .venv .venv-peers .venv-bde runs dist .pytest_cache .mypy_cache .ruff_cache

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

.venv/docs: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@ .venv/demo

.venv-peers/peers: pyproject.toml requirements-peers.txt
	$(PYTHON) -m venv .venv-peers
	$(PEERS)/python -m pip install --quiet --disable-pip-version-check -e . -r requirements-peers.txt
	@touch $@

.venv-bde/bde: requirements-bde.txt
	$(PYTHON) -m venv .venv-bde
	.venv-bde/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bde.txt
	@touch $@
