# Everything from Python 3.11, make and a C library; no root. `make` alone lists the targets.
# Stamps (.venv/.stamp-*, clients/web/node_modules/.stamp) make a second call start at once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

BIN := .venv/bin
WEB := clients/web
WITH_NODE := scripts/with-node
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
ARGS ?=

PYTHON_PACKAGES := .venv/.stamp-packages
NODE := .venv/.stamp-node
NODE_PACKAGES := $(WEB)/node_modules/.stamp
PAGE := server/shell/page/index.html
SDK := server/shell/sdk/client.js
SDK_BUILT := $(WEB)/dist/sdk/client.js

# Folders are listed too: their time changes when a file goes away.
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public 2>/dev/null) $(wildcard $(addprefix $(WEB)/,*.html *.json *.ts *.js *.mjs))
SDK_SOURCES := $(shell find $(WEB)/src -path $(WEB)/src/page -prune -o -print 2>/dev/null) \
	$(wildcard $(addprefix $(WEB)/,*.json vite.sdk.config.ts scripts/*sdk*.mjs)) LICENSE

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  ARGS=... is passed on by play and test-python:  make play ARGS='--port 9000'"

play: $(PYTHON_PACKAGES) $(PAGE) $(SDK) ## a server with bots already playing; prints the address to open
	@$(BIN)/tickroom play $(ARGS)

setup: $(PYTHON_PACKAGES) $(NODE_PACKAGES) $(PAGE) $(SDK) ## install all packages, build the page and the SDK

check: check-python check-web ## format, lint, types, import rules, for Python and TypeScript

check-python: check-format check-lint check-types check-imports ## the Python half of check

check-format: $(PYTHON_PACKAGES)
	$(BIN)/ruff format --check .

check-lint: $(PYTHON_PACKAGES)
	$(BIN)/ruff check .

check-types: $(PYTHON_PACKAGES)
	$(BIN)/mypy

check-imports: $(PYTHON_PACKAGES)
	$(BIN)/lint-imports --no-logo

check-web: $(NODE_PACKAGES) ## the TypeScript half of check
	cd $(WEB) && $(WITH_NODE) npm run --silent check

format: $(PYTHON_PACKAGES) ## let ruff format the Python files and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: test-python test-web ## all tests: pytest (headless Chromium included) and vitest

test-python: $(PYTHON_PACKAGES) $(PAGE) $(SDK) ## pytest
	$(BIN)/pytest $(ARGS)

test-web: $(PYTHON_PACKAGES) $(NODE_PACKAGES) $(SDK_BUILT) ## vitest, against real servers too, and the built SDK
	cd $(WEB) && $(WITH_NODE) npm run --silent test

build: $(PYTHON_PACKAGES) $(PAGE) $(SDK) ## wheel and source distribution, with page and SDK, into dist/
	@rm -rf build dist
	@echo "==> building the source distribution, and from it the wheel (about 5 s)"
	@$(BIN)/python -m build --quiet --no-isolation --outdir dist .
	@rm -rf build
	@ls dist/*

# In a folder of its own: beside node_modules, npm leaves the packages of other platforms out of the lock.
lock: $(PYTHON_PACKAGES) $(NODE) ## resolve all dependencies anew: constraints.txt, package-lock.json
	@echo "==> resolving Python packages (about 30 s)"
	@.ci/write-constraints
	@echo "==> resolving npm packages (about 30 s)"
	@rm -rf .tools/lock-web && mkdir -p .tools/lock-web && cp $(WEB)/package.json $(WEB)/.npmrc .tools/lock-web
	@$(WEB)/$(WITH_NODE) npm --prefix .tools/lock-web install --package-lock-only --no-fund --no-audit --loglevel=error
	@mv .tools/lock-web/package-lock.json $(WEB)/package-lock.json && rm -rf .tools/lock-web

clean: ## remove what was built, and caches
	rm -rf build dist reports server/shell/page server/shell/sdk $(WEB)/dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find protocol game server simulations tests .src -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean ## clean, and remove the installed packages as well
	rm -rf .venv .tools .src/tickroom.egg-info $(WEB)/node_modules

.PHONY: help play setup check check-python check-format check-lint check-types check-imports check-web format test test-python test-web build lock clean clean-all

$(PYTHON_PACKAGES): pyproject.toml constraints.txt .ci/create-venv
	@PYTHON='$(PYTHON)' .ci/create-venv
	@echo "==> installing Python packages (about 20 s)"
	@$(PIP) install -qq -c constraints.txt pip setuptools
	@$(PIP) install -qq -c constraints.txt --no-build-isolation --group dev --editable .
	@touch $@

# The stamp does not depend on the packages' stamp: a new pin of pytest is no reason to look for Node again.
$(NODE): .ci/install-node constraints.txt | $(PYTHON_PACKAGES)
	@.ci/install-node
	@touch $@

$(NODE_PACKAGES): $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/.npmrc | $(NODE)
	@echo "==> installing npm packages (about 20 s)"
	@cd $(WEB) && $(WITH_NODE) npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(PAGE): $(NODE_PACKAGES) $(WEB_SOURCES)
	@echo "==> building the page (about 10 s)"
	@cd $(WEB) && $(WITH_NODE) npm run --silent build
	@rm -rf server/shell/page
	@cp -R $(WEB)/dist/page server/shell/page
	@touch $@

$(SDK_BUILT): $(NODE_PACKAGES) $(SDK_SOURCES)
	@echo "==> building the SDK (about 5 s)"
	@cd $(WEB) && $(WITH_NODE) npm run --silent build:sdk
	@touch $@

# Declarations are for who installs the package; a page that loads the files has no use for them.
$(SDK): $(SDK_BUILT)
	@rm -rf server/shell/sdk
	@cp -R $(WEB)/dist/sdk server/shell/sdk
	@rm -rf server/shell/sdk/types
	@touch $@
