# Everything a newcomer types. Each target makes its own .venv from the locked requirements; python3 >= 3.11 is all it needs.
PYTHON ?= python3
PY = .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help demo demo-check test check evaluate evaluate-peers check-plugin chaos bench-sync bench-train bench-widgets bench-ingest bench-woocommerce bench-forecast script lock migration

help:             ## This list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: [^#]*##/\t/' | expand -t 18

.venv/.ready: requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "python3 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 3.11 or newer is needed; this is $$($(PYTHON) -V)"; exit 1; }
	@echo "Preparing .venv (once)..."
	@$(PYTHON) -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check uv
	@.venv/bin/uv pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements-dev.txt
	@touch $@

demo: .venv/.ready    ## The whole product on this machine: a store, its back end, a mailbox
	@exec $(PY) -m demo

demo-check: .venv/.ready    ## The same loop without a person; UNTIL=order stops after a step
	@exec $(PY) -m demo.check $(if $(UNTIL),--until $(UNTIL))

test: .venv/.ready    ## Every test, in parallel, on servers of its own
	@exec $(PY) -m pytest $(ARGS)

check-plugin: .venv/.ready    ## The WordPress plugin, in a real WordPress where apt can bring one
	@exec $(PY) -m tests.plugin

chaos: .venv/.ready    ## The promises under fire; SIZE=long ONLY=R1 SEED=7 runs one row for longer
	@exec $(PY) -m chaos $(if $(SIZE),--size $(SIZE)) $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED))

bench-woocommerce: .venv/.ready    ## A first sync and a push of prices at a real store's pace
	@exec $(PY) -m bench.woocommerce

bench-sync: .venv/.ready    ## How fast records become rows, against the database's own COPY
	@exec $(PY) -m bench.sync

evaluate: .venv/.ready    ## Every engine beside the naive way; OCTOBER= RETAIL= CDNOW= name folders of real shops
	@OCTOBER="$(OCTOBER)" RETAIL="$(RETAIL)" CDNOW="$(CDNOW)" $(PY) -m bench.evaluate

.venv-peers/.ready: bench/peers/requirements.txt | .venv/.ready
	@echo "Preparing .venv-peers (once)..."
	@$(PYTHON) -m venv .venv-peers
	@.venv/bin/uv pip sync --quiet --python .venv-peers/bin/python --require-hashes bench/peers/requirements.txt
	@touch $@

evaluate-peers: .venv-peers/.ready    ## The same beside the best public libraries, in an environment of their own
	@OCTOBER="$(OCTOBER)" RETAIL="$(RETAIL)" CDNOW="$(CDNOW)" .venv-peers/bin/python -m bench.peers

bench-train: .venv-peers/.ready    ## How fast a large catalogue is learned, against the implicit library
	@exec .venv-peers/bin/python -W ignore -m bench.train

bench-widgets: .venv/.ready    ## How fast widgets are answered, against a view of constant JSON
	@exec $(PY) -m bench.widgets

bench-ingest: .venv/.ready    ## How fast deliveries are accepted, against a bare view
	@exec $(PY) -m bench.ingest

bench-forecast: .venv/.ready    ## Processor seconds to forecast 10,000 series
	@exec $(PY) -m bench.forecast

check: .venv/.ready    ## Lint, format, types, import contracts
	@$(PY) -m ruff check . && $(PY) -m ruff format --check --quiet . && $(PY) -m mypy && .venv/bin/lint-imports --no-logo

script: .venv/.ready    ## Write the plugin's copy of the storefront script
	@$(PY) -m luxebrain.widgets.script extensions/woocommerce/luxebrain/assets

lock: .venv/.ready    ## Compile requirements*.in with hashes
	@.venv/bin/uv pip compile -q -U --generate-hashes --universal --python-version 3.11 --no-annotate requirements.in -o requirements.txt
	@.venv/bin/uv pip compile -q -U --generate-hashes --universal --python-version 3.11 --no-annotate requirements-dev.in -o requirements-dev.txt
	@.venv/bin/uv pip compile -q -U --generate-hashes --universal --python-version 3.11 --no-annotate bench/peers/requirements.in -o bench/peers/requirements.txt

migration: .venv/.ready    ## Write a migration from the models; M="what changes"
	@$(PY) -m demo.migration "$(M)"
