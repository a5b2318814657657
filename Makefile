# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
#
# Every check by one name. `make` alone lists them.

PYTHON ?= python3
ENGINE := ansible_collections.saga.ops.plugins.plugin_utils

# Every ansible-core that is tested, and the two that no check goes without: the oldest and the newest.
CORES := $(shell $(PYTHON) tools/versions.py all)
ENDS := $(firstword $(CORES)) $(lastword $(CORES))
# $(call python-for,2.16): a command that prints a Python which runs that ansible-core, or fails
python-for = tools/find-python $$($(PYTHON) tools/versions.py pythons $(1))

# The tools and the collection come from the environment; Ansible insists on a UTF-8 locale.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export LC_ALL := C.UTF-8

# $(call pytest,FOLDERS,OPTIONS): the folders that are there; a check may be named before its tests are written.
pytest = $(if $(wildcard $(1)),pytest $(wildcard $(1)) $(2),@echo "There are no tests in $(1) yet.")

# Tests of whole plays often wait for processes; four of them at a time suit two cores.
four = -n 4 --dist loadgroup

.PHONY: help
help: ## list these names
	@sed -n -e 's/^\([a-z][a-z0-9.-]*\):.*## /\1\t/p' -e 's/^$$(CORES.*## \([a-z]*-[^:]*\): /\1\t/p' Makefile | expand -t 14

# ---- environments

.PHONY: setup
setup: .venv/ready ## make .venv: the newest ansible-core that $PYTHON (python3) can run, and the tools

.venv/ready: pyproject.toml tools/venv.py
	$(PYTHON) tools/venv.py .venv
	@touch $@

# An environment with one ansible-core: make .venv-2.18/ready
$(CORES:%=.venv-%/ready): .venv-%/ready: pyproject.toml tools/venv.py
	"$$($(call python-for,$*))" tools/venv.py .venv-$* $*
	@touch $@

.PHONY: $(CORES:%=env-%)
$(CORES:%=env-%): env-%:
	@if $(call python-for,$*) >/dev/null; then $(MAKE) --no-print-directory .venv-$*/ready; \
	else echo "No Python runs here that ansible-core $* needs, so nothing is tried on it."; fi

.PHONY: clean
clean: ## remove everything that make has made
	rm -rf .venv .venv-* .cache dist .*_cache .hypothesis

# ---- checks

# Two parts at a time, each printed when it has ended: beside whole plays, which take longest, go those that use one
# core. The environments come first, since nothing may change in them while checks run.
.PHONY: test
test: ## all of the checks below
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target tools $(ENDS:%=env-%)
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target $(CHECKS)

# One after the other: they are installed into the same environment.
.PHONY: tools
tools: setup
	@$(MAKE) --no-print-directory .venv/demo
	@$(MAKE) --no-print-directory .venv/ansible-lint

# Whole plays take longest, so they come first; by the name that asks for no environments, for which make would put them off.
CHECKS := on-integration lint types unit conformance sanity demo history ansible-lint $(ENDS:%=sample-%) crash

.PHONY: test-all
test-all: test drill molecule browser awx eda galaxy fresh $(CORES:%=core-%) second-door ## the same, on every ansible-core, through both doors, and the long sweeps
	$(call pytest,tests,$(four) -m sweep)

.PHONY: lint
lint: setup ## format, style, who imports whom, changelog fragments, shell scripts
	ruff format --check
	ruff check
	lint-imports --no-logo --cache-dir .cache/import-linter
	antsibull-changelog lint
	shellcheck .ci/run tools/find-python roles/redis/files/serve.sh

.PHONY: format
format: setup ## let the formatter have its way
	ruff format
	ruff check --fix

.PHONY: types
types: setup ## mypy, strict, on the engine, the screen and the command line
	mypy $(addprefix -p $(ENGINE).,$(notdir $(wildcard plugins/plugin_utils/_engine plugins/plugin_utils/_screen plugins/plugin_utils/_cli)) runs)

.PHONY: unit conformance integration crash history soak
unit: setup ## one part at a time, no Ansible process
	$(call pytest,tests/unit,-n 2)
.PHONY: fuzz
fuzz: setup ## what comes in by each door, drawn; as many of it as SAGA_FUZZ_EXAMPLES says. In test-all
	$(call pytest,tests/fuzz,-n 2 -m sweep)
conformance: setup ## one suite, every journal
	$(call pytest,tests/conformance,-n 2 --dist loadgroup)
integration: setup $(ENDS:%=env-%) ## whole plays
	@$(MAKE) --no-print-directory on-integration
.PHONY: on-integration
on-integration:
	$(call pytest,tests/integration,$(four))
crash: setup ## plays killed at a chosen instant and started again
	$(call pytest,tests/crash,$(four))
history: setup ## controllers that are killed, stopped and cut off at random, and a checker of what they did
	$(call pytest,tests/history tests/soak)
soak: setup ## 500 runs on one journal, killed at random, while others use the command line: nothing grows, nothing is left
	$(call pytest,tests/soak,-m sweep)

.PHONY: ansible-lint
ansible-lint: .venv/ansible-lint ## the rules of saga check inside of ansible-lint, and its SARIF against the schema
	$(call pytest,tests/ansible_lint)

.venv/ansible-lint: .venv/ready tests/ansible_lint/requirements.txt
	python -m pip install --quiet --quiet --requirement tests/ansible_lint/requirements.txt
	@touch $@

.PHONY: molecule
molecule: .venv/molecule ## the roles, on servers of this machine; skipped where there is no redis-server
	$(call pytest,tests/molecule)

.venv/molecule: .venv/ready tests/molecule/requirements.txt
	python -m pip install --quiet --quiet --requirement tests/molecule/requirements.txt
	@touch $@

.PHONY: browser
browser: .venv/browser ## the page of a report in a real browser; skipped where there is no chromium
	$(call pytest,tests/browser)

.venv/browser: .venv/ready tests/browser/requirements.txt
	python -m pip install --quiet --quiet --requirement tests/browser/requirements.txt
	@touch $@

.PHONY: awx
awx: .venv/awx ## the setup of AWX with the modules of awx.awx, against its API's schema; and an execution environment's context
	$(call pytest,tests/awx)

.venv/awx: .venv/ready tests/awx/requirements.txt
	python -m pip install --quiet --quiet --requirement tests/awx/requirements.txt
	@touch $@

.PHONY: eda
eda: .venv/eda ## a rulebook of Event-Driven Ansible that follows a journal; skipped where there is no Java
	$(call pytest,tests/eda)

.venv/eda: .venv/ready tests/eda/requirements.txt
	python -m pip install --quiet --quiet --requirement tests/eda/requirements.txt
	@touch $@

.PHONY: galaxy
galaxy: .venv-galaxy/ready ## what Galaxy's importer, ansible-lint (production) and antsibull-docs say of the tarball
	$(call pytest,tests/galaxy)

.venv-galaxy/ready: .venv/ready tests/galaxy/requirements.txt
	python -m venv .venv-galaxy
	.venv-galaxy/bin/python -m pip install --quiet --quiet --requirement tests/galaxy/requirements.txt
	@touch $@

.PHONY: fresh
fresh: setup ## what the pages print, typed by somebody who has ansible-core and our two archives, and nothing else
	$(call pytest,tests/fresh)

.PHONY: sanity
sanity: setup ## ansible-test sanity on the collection as a user gets it
	python tools/sanity.py

.PHONY: $(CORES:%=core-%) $(CORES:%=sample-%) $(CORES:%=on-core-%) $(CORES:%=on-sample-%)
$(CORES:%=core-%): core-%: setup env-% ## core-X.Y: the tests marked core, on ansible-core X.Y (where there is a Python for it)
	@if [ -e .venv-$*/ready ]; then $(MAKE) --no-print-directory on-core-$*; fi

$(CORES:%=sample-%): sample-%: setup env-% ## sample-X.Y: those marked sample
	@if [ -e .venv-$*/ready ]; then $(MAKE) --no-print-directory on-sample-$*; fi

$(CORES:%=on-core-%): on-core-%:
	PATH="$(CURDIR)/.venv-$*/bin:$$PATH" $(call pytest,tests/integration tests/crash,$(four) -m "core and not sweep")

$(CORES:%=on-sample-%): on-sample-%:
	PATH="$(CURDIR)/.venv-$*/bin:$$PATH" $(call pytest,tests/integration tests/crash,$(four) -m "sample and not sweep")

.PHONY: second-door
second-door: setup $(ENDS:%=env-%) ## the tests of whole plays once more, through the callback
	SAGA_TEST_DOOR=callback $(call pytest,tests/integration tests/crash,$(four))

.PHONY: bench
bench: setup .venv-bench/ready ## measure, as ratios against stock Ansible; not a check. FULL=--full measures the large cases, too
	PYTHONPATH=.venv/collections python tests/benchmark/all.py --json .cache/benchmark.json $(FULL)
	python tests/benchmark/plan.py
	PYTHONPATH=.venv/collections python tests/benchmark/journal.py

.venv-bench/ready: .venv/ready tests/benchmark/requirements.txt
	python -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --quiet --requirement tests/benchmark/requirements.txt
	@touch $@

.PHONY: demo
demo: .venv/demo ## the demonstration, start to end
	python demo/run.py

.PHONY: drill
drill: .venv/demo ## the demo's playbook, killed and let fail at each of its steps; takes minutes
	python demo/drill.py

.venv/demo: .venv/ready demo/requirements.txt
	python -m pip install --quiet --quiet --requirement demo/requirements.txt
	@touch $@

# ---- what is published

.PHONY: build
build: setup ## the collection's tarball and the wheel, in dist/
	ansible-galaxy collection build --force --output-path dist
	python -m build --wheel --no-isolation --outdir dist
