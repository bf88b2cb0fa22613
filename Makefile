# Everything a fresh clone needs: `make demo` or `make test`. Both set up .venv first.
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
PYTHON ?= python3
UV     := $(shell command -v uv 2>/dev/null)
COVERED := 80
NAMED  := 101,147,265,330,461,561,661,710,751,820,851

# Each of a batch's processes, and of the tests', would compile every module that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check lint types unit coverage notebooks docs renew-notebooks test-lowest release-check sbom mutants lock clean

$(STAMP): requirements.lock pyproject.toml
ifneq ($(UV),)
	$(UV) venv --quiet --clear --python $(PYTHON) $(VENV)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation -e .
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
endif
	@touch $@

demo: $(STAMP)          ## the demo study: pages for the municipalities named in the user group
	$(BIN)/kl-research run params/demo.yaml --only $(NAMED)

test: check notebooks   ## everything CI runs

check: lint             ## the fast part; types are checked, on one core, while the tests run on what is left
	$(MAKE) --no-print-directory -j2 types unit

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

# One process more than cores: many tests wait, for a kernel, a browser or a batch of their own.
WORKERS = $(shell expr $$(nproc) + 1)

unit: $(STAMP)          ## on all cores, a file at a time: what a file sets up it sets up once
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=10

coverage: $(STAMP)      ## the same tests with the lines they run counted; fails below the floor, which may only rise
	$(BIN)/coverage erase
	COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml COVERAGE_FILE=$(CURDIR)/.coverage \
		$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --fail-under=$(COVERED)

notebooks: $(STAMP)     ## nbval runs the default parameters, which are the demo's
	$(BIN)/kl-research ingest params/demo.yaml
	$(BIN)/pytest --nbval --nbval-cell-timeout 300 -n auto --dist loadfile -o addopts= -W default notebooks

docs: $(STAMP)          ## the documentation site: docs/_site/html/index.html, with the findings of the demo, walked in a browser
	$(BIN)/kl-research run params/demo.yaml --quiet
	$(BIN)/python docs/site/build.py
	$(BIN)/python docs/site/walk.py

renew-notebooks: $(STAMP)  ## store afresh what the tagged cells print, after a deliberate change
	$(BIN)/kl-research ingest params/demo.yaml
	$(BIN)/python notebooks/renew.py

test-lowest:            ## the tests with the lowest versions that pyproject.toml allows (needs uv)
	uv venv --quiet --clear --python $(PYTHON) .venv-lowest
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --resolution lowest-direct -q -o .venv-lowest/lowest.txt
	VIRTUAL_ENV=$(CURDIR)/.venv-lowest uv pip install --quiet -r .venv-lowest/lowest.txt
	VIRTUAL_ENV=$(CURDIR)/.venv-lowest uv pip install --quiet --no-deps --no-build-isolation -e .
	.venv-lowest/bin/pytest -n auto --dist loadfile -W default

release-check:          ## build, metadata, wheel in empty environments, demo from it, sdist's tests, SBOM, hashes (needs uv)
	bash .ci/release-check

mutants: $(STAMP)       ## would a test notice? small changes to disclosure, verdict and gate; results/mutants.md
	for part in disclosure verdict gate; do nice -n 19 $(BIN)/python benchmarks/mutants.py $$part; done

sbom: $(STAMP)          ## a bill of materials of what is installed (needs uv): sbom.json, CycloneDX
	uvx -q --from cyclonedx-bom cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
		--of JSON -o sbom.json $(VENV)

# `make lock UPGRADE=` keeps the versions and adds what is new.
UPGRADE ?= --upgrade
lock:                   ## renew requirements.lock (needs uv); no index address is written into it
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 $(UPGRADE) --generate-hashes \
		--no-header --no-annotate -q -o requirements.lock

clean:
	rm -rf $(VENV) docs/_site findings data/processed/*/
