# One environment in .venv, from the exact set in requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# small products on one thread, and threads that sleep while they wait: on shared cores they wait longer than they work
export OPENBLAS_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= passive
# photographs of consenting adults for the photograph phantoms of `make demo` (optional)
DATA ?=
# who made them and on what terms, for the card
ATTRIBUTION ?=

.PHONY: install run test check bench demo lock clean
install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info[:2] < (3, 11) and \"PhenoLens needs Python 3.11 or newer, got \" + sys.version.split()[0])"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $(STAMP)

run: install
	$(BIN)/python -m streamlit run app/main.py

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check
	$(BIN)/python -m pytest

bench: install
	$(BIN)/python -m tests.bench

demo: install
	$(BIN)/phenolens demo $(if $(DATA),--from-photos $(DATA)) $(if $(ATTRIBUTION),--attribution "$(ATTRIBUTION)")

lock: install
	$(BIN)/uv pip compile -q --universal --python-version 3.11 requirements.txt requirements-dev.txt -o requirements.lock --no-annotate --no-header

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
