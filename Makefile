# Everything starts here: `make help` lists it. What a target needs, it installs or asks for in one sentence.
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
# compiled once, not by every process again
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PRIVATE := $(BIN)/python -m ops.private --postgres --redis

# A stamp is younger than its lock file as long as .venv holds what the lock file says. Standard output is
# kept for what a target is asked for (`make bench JSON=1`), so setting up speaks on standard error.
RUN := .venv/.run-installed
DEV := .venv/.dev-installed

# two test processes on two cores and more: what is timed is timed in patience, not in speed
SPREAD := -n 2 --dist loadfile
# What failed beside another process is run once more by itself, and the log names it: patience runs out on a
# machine that is busy with something else. What is broken fails again. The slowest are listed: the suite is to stay fast.
PYTEST := $(BIN)/python -m pytest
ON = $(PYTEST) $(SPREAD) --durations=40 --engine $(1) || { echo "没有通过的，单独再跑一次 / once more by itself:"; \
	$(PYTEST) --last-failed --last-failed-no-failures none -v --engine $(1); }

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 16

$(RUN): requirements.lock ops/setup.sh
	@ops/setup.sh requirements.lock >&2
	@touch $@

$(DEV): requirements-dev.lock ops/setup.sh
	@ops/setup.sh requirements-dev.lock >&2
	@touch $(RUN) $@

.PHONY: run
run: $(RUN) ## start the demonstration; honours PORT, SHANDU_HOST, SHANDU_HOME
	@$(BIN)/python -m ops.machine --or-warn font
	@$(BIN)/python -m ops.client h5
	@exec $(BIN)/shandu demo

.PHONY: static
static: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive bot miniapp_api models ops qr
	$(BIN)/python -m ops.audit

# What the static checks say is shown when they are through: they run beside the tests.
.PHONY: check
check: $(DEV) ## lint, types, imports, bandit, known vulnerabilities and the fast tests, in under a minute
	@$(BIN)/python -m ops.machine font
	@mkdir -p .cache; $(MAKE) static >.cache/static.log 2>&1 & static=$$!; \
	$(BIN)/python -m pytest $(SPREAD) -m "not slow and not browser" --hypothesis-profile quick; tests=$$?; \
	wait $$static && checks=0 || checks=1; cat .cache/static.log; exit $$((tests || checks))

# The phone's client is fetched, built and checked while the static checks leave one core idle. What it says is
# shown when it fails.
WITH_CLIENT = mkdir -p .cache; $(BIN)/python -m ops.client check h5 mp-weixin proof >.cache/client.log 2>&1 & client=$$!; \
	$(MAKE) static || { kill $$client; exit 1; }; \
	wait $$client || { cat .cache/client.log >&2; exit 1; }; grep ' s$$' .cache/client.log || true

.PHONY: test
test: $(DEV) ## everything, on SQLite and then on PostgreSQL and Redis
	@$(BIN)/python -m ops.machine postgres redis browser font
	@$(WITH_CLIENT)
	$(call ON,sqlite)
	$(PRIVATE) -- sh -c '$(call ON,postgres)'

.PHONY: bench
bench: $(DEV) ## measure against the anchors; JSON=1 prints one object a line on standard output
	@$(PRIVATE) --durable -- $(BIN)/python -m ops.bench

.PHONY: format
format: $(DEV) ## let ruff lay out the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: settings-page
settings-page: $(DEV) ## print docs/settings.md anew from its table
	$(BIN)/python -m ops.declared_settings > docs/settings.md

UV := .cache/uv/bin/uv
# universal: one lock for every platform; no index and no links: a lock file names no host
LOCK := UV_PYTHON_DOWNLOADS=never $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --python-version 3.11 pyproject.toml --group build

.PHONY: lock
lock: $(RUN) ## resolve the dependencies of pyproject.toml into the two lock files; UPGRADE=1 takes newer ones
	@test -x $(UV) || { python3 -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv; }
	$(LOCK) $(if $(UPGRADE),--upgrade) --group dev -o requirements-dev.lock
	$(LOCK) $(if $(UPGRADE),--upgrade) -c requirements-dev.lock -o requirements.lock

.PHONY: client
client: $(RUN) ## build the phone's client for browsers and for WeChat, with its type check and tests
	@$(BIN)/python -m ops.client check h5 mp-weixin proof

.PHONY: clean
clean: ## remove everything that is made, but not the state in SHANDU_HOME
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis test-artefacts miniprogram/node_modules miniprogram/proof/node_modules miniprogram/dist miniprogram/src/lib/api/schema.ts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
