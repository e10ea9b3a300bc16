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

.PHONY: install run test check bench demo demo-pneumonia demo-nih demo-alzheimer lock clean
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

# the shipped radiological models again; DATA is the Kermany set's folder, the two others draw what they learn from
demo-pneumonia: install
	$(BIN)/phenolens train pneumonia --data $(DATA) --recipe pneumonia-mobilenet --out models/pneumonia/mobilenet --recommended --overwrite

demo-nih: install
	test -f cache/drawn-nih/truth.csv || $(BIN)/phenolens phantoms nih_chest --out cache/drawn-nih --subjects 1100 --seed 20261120 --size 256 --no-defects
	$(BIN)/phenolens train nih_chest --data cache/drawn-nih --recipe nih8-drawn --out models/nih_chest/drawn --recommended --overwrite

demo-alzheimer: install
	test -f cache/drawn-alzheimer/truth.csv || $(BIN)/phenolens phantoms alzheimer --out cache/drawn-alzheimer --subjects 400 --seed 20261120 --slices-per-subject 8 --equal --no-defects
	$(BIN)/phenolens train alzheimer --data cache/drawn-alzheimer --recipe alzheimer-drawn --out models/alzheimer/drawn --recommended --overwrite

lock: install
	$(BIN)/uv pip compile -q --universal --python-version 3.11 requirements.txt requirements-dev.txt -o requirements.lock --no-annotate --no-header

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
