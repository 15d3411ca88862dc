# Everything a person or CI runs. `make` alone prints what there is.
#
# All that is needed is Python 3.11, pip and make. The environment is built without ensurepip, which Debian
# packs apart, and the pip outside drives it. It lives in .venv, is locked by requirements/*.txt with hashes,
# and is rebuilt in the parts whose lock changed.

PYTHON ?= python3
# Two processes suit a small machine; the tests are written to be run in any number and in any order.
JOBS ?= 2
# Who is done takes over half of what is left to another.
SHARED := --dist worksteal

# Under a minute: what takes seconds is left out, and Hypothesis draws fewer examples (`make test` does it all).
QUICK := -m "not slow" --hypothesis-profile=quick -o tmp_path_retention_policy=failed
# Its files lie in memory, where there is a gigabyte of it to be had: it syncs twenty thousand times, and what a sync is
# for no test within one process can see. `make test` keeps them on the disk.
IN_MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR > 1 && $$1 > 1000000 { print "PYTEST_DEBUG_TEMPROOT=/dev/shm" }')

VENV := .venv
BIN := $(VENV)/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check --no-input --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test fast check test-browser screenshots bench docs golden lock clean

help: ## print this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: $(VENV)/.package ## the example: SIM, one symbol, prices from a file
	$(BIN)/interlock run -c examples/aapl.toml

test: $(VENV)/.package $(VENV)/.dev ## every test, the slow ones too
	$(BIN)/pytest -n $(JOBS) $(SHARED)

fast: $(VENV)/.package $(VENV)/.dev ## every test but the slow ones
	$(IN_MEMORY) $(BIN)/pytest -n $(JOBS) $(SHARED) $(QUICK)

check: $(VENV)/.package $(VENV)/.dev ## lint, types, import rules, the fast tests, and the coverage that is promised
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/coverage erase
	$(IN_MEMORY) $(BIN)/pytest -n $(JOBS) $(SHARED) $(QUICK) --cov --cov-report=
	$(BIN)/coverage report
	$(BIN)/coverage report --include='src/interlock/core/*' --fail-under=100

test-browser: $(VENV)/.package $(VENV)/.dev ## the report in a real browser: installs Debian's chromium where it is absent
	@sh tests/browser/chromium.sh
	$(BIN)/pytest -m browser tests/browser

screenshots: $(VENV)/.package $(VENV)/.dev ## draw docs/images anew, likewise
	@sh tests/browser/chromium.sh
	$(BIN)/python -m tests.browser.screenshots docs/images

bench: $(VENV)/.package $(VENV)/.bench ## how fast it replays, starts, keeps records, comes back and answers, and whether anything grows
	$(BIN)/python bench/replay.py
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/journal.py
	$(BIN)/python bench/recovery.py
	$(BIN)/python bench/verify.py
	$(BIN)/python bench/asking.py
	$(BIN)/python bench/report.py
	$(BIN)/python bench/soak.py --days 3

docs: $(VENV)/.package $(VENV)/.dev ## draw docs/reference from the code
	$(BIN)/python -m tests.unit.runner.log_lines
	$(BIN)/python -m interlock.runner.reference docs/reference

golden: $(VENV)/.package $(VENV)/.dev ## draw the golden explanations anew; then read the difference as a person would
	GOLDEN=redraw $(BIN)/pytest -q tests/golden

# The settings of this machine's pip are left out, so that a lock holds the hashes of what everybody gets.
# Pins stay as they are, unless you say `make lock UPGRADE=--upgrade`.
LOCK = env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	$(BIN)/pip-compile --quiet $(UPGRADE) --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: $(VENV)/.dev ## write requirements/*.txt anew from pyproject.toml and dev.in
	$(LOCK) --output-file requirements/run.txt --extra report --build-deps-for editable pyproject.toml
	$(LOCK) --output-file requirements/dev.txt --extra testing pyproject.toml requirements/dev.in
	$(LOCK) --output-file requirements/bench.txt --extra bench pyproject.toml requirements/bench.in

clean: ## remove what can be made again; state/, the journals, is yours and stays
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so an install that was interrupted is begun again.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt
	@echo "installing requirements/run.txt into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "installing requirements/dev.txt into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.run requirements/bench.txt
	@echo "installing requirements/bench.txt into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@

# Without build isolation: the build tools are in the lock too, so nothing comes in unhashed.
$(VENV)/.package: $(VENV)/.run pyproject.toml src/interlock/_version.py
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@
