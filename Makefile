# The book's commands. Each sets up what it needs in .venv, once: a stamp there says what has been installed.
PYTHON  ?= python3
CHAPTER ?=
NAME    ?=
SEEDS   ?= 5
RANKS   ?= 2
STEPS   ?= 200
BATCH   ?= 32
WORKERS ?= 2

VENV := .venv
BIN  := $(VENV)/bin
PUBLISHED := _build/published/_build/html
# For node, which the book's math is set with at build time and which comes into the venv as a Python package.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help book test lint unit pages chapters execute prose check distributed bench claims evidence publish still wasm colab lighthouse slides pdf offline clean

help:
	@echo "make book      build the book into _build/html"
	@echo "make test      everything: style, package, pairs, the built site, every chapter under nbval"
	@echo "make check     the quick part of it: style, pairs, whether outputs come from this code"
	@echo "make execute   run all chapters and store their outputs, or one: CHAPTER=02"
	@echo "make prose     take text that changed in the scripts over into the notebooks, without running them"
	@echo "make claims    run chapters with other seeds, list the claims that fail, keep the ledger: SEEDS=20 CHAPTER=02"
	@echo "make evidence  make a file of gan/evidence anew, or go on with it: NAME=mode_collapse; quick=1 is a trial"
	@echo "make distributed  a run on two processes by torchrun, the checkpoint in _build: RANKS=2 STEPS=200 BATCH=32"
	@echo "make bench     how fast the training loop is"
	@echo "make publish   a copy with a repository's address in it, built, with its PDF and zip: REPOSITORY=owner/name"
	@echo "make still     the lab's picture for where no script runs (needs a browser)"
	@echo "make wasm      the lab's sums, gan/lab/products.c, compiled anew (a compiler of 400 MB)"
	@echo "make colab     run all chapters as Colab would, or one: CHAPTER=02 (gigabytes of its own PyTorch)"
	@echo "make lighthouse  Lighthouse on each built chapter and three more pages, half an hour, or one: CHAPTER=02"
	@echo "make slides    where the slides are that make book makes of each chapter"
	@echo "make pdf       one PDF of the whole book, _build/gan-book.pdf (needs a browser)"
	@echo "make offline   the site as one zip that opens from a folder, _build/gan-book.zip"
	@echo "make clean     remove what was built (.venv stays)"

book: $(VENV)/.book
	@rm -rf _build/html
	@jupyter-book build . --all -W -n --keep-going
	@ls _build/html/book/[0-9][0-9]_*.html > /dev/null || { echo "make book: no chapter's page was made"; exit 1; }
	@echo "The book's first page:"
	@echo "$(CURDIR)/_build/html/index.html"

# All steps run, so that one report tells all that is wrong; any that fails fails the whole.
test: $(VENV)/.test
	@failed=; \
	for step in lint unit pages chapters; do \
	    echo "── $$step"; $(MAKE) --no-print-directory $$step || failed="$$failed $$step"; \
	done; \
	if [ -n "$$failed" ]; then echo "make test: FAILED:$$failed"; exit 1; fi; \
	echo "make test: everything passed"

# Workflows and CITATION.cff are read at GitHub alone, so mistakes in them are looked for here; nothing asks the network.
lint: $(VENV)/.test
	@ruff check .
	@check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	@zizmor --quiet --offline .github

# Workers that run side by side take one thread each: two of two threads on two cores are 6 to 8 times slower.
unit: $(VENV)/.test
	@OMP_NUM_THREADS=1 pytest -q tests/gan -n $(WORKERS) --dist loadscope --cov=gan --cov-report=term-missing --cov-fail-under=97

pages: $(VENV)/.test
	@OMP_NUM_THREADS=1 pytest -q tests/book -n $(WORKERS) --dist loadscope -rs

chapters: $(VENV)/.test
	@pytest -q --nbval book/ -n $(WORKERS) --dist loadscope

execute: $(VENV)/.test
	@python book/tools/execute.py --workers $(WORKERS) "$(CHAPTER)"
	@python book/tools/picture.py

prose: $(VENV)/.test
	@python book/tools/execute.py --prose "$(CHAPTER)"

check: $(VENV)/.test
	@ruff check .
	@python book/tools/check.py "$(CHAPTER)"

# On GPUs where there are as many, else on CPUs, with a thread for each rank.
# exec: whoever stops make stops torchrun itself, and that its ranks; a shell between would leave them behind.
distributed: $(VENV)/.test
	@exec env OMP_NUM_THREADS=1 torchrun --standalone --nproc-per-node $(RANKS) -m gan.replicas --steps $(STEPS) \
	    --batch $(BATCH) --save _build/distributed/run.pt

bench: $(VENV)/.test
	@for script in tests/benchmarks/*.py; do python $$script || exit 1; done

# SEEDS=20 is 0 to 19, "7 8" these two, "7," that one alone. again=1 runs anew what is kept in _build/claims.
claims: $(VENV)/.test
	@python book/tools/seeds.py --workers $(WORKERS) --seeds "$(SEEDS)" $(if $(again),--again) "$(CHAPTER)"

evidence: $(VENV)/.test
	@python book/tools/evidence.py --workers $(WORKERS) $(if $(quick),--quick) "$(NAME)"

publish: $(VENV)/.pdf
	@rm -rf _build/published
	@python book/tools/check.py
	@python book/tools/publish.py --repository "$(REPOSITORY)" --out _build/published
	@jupyter-book build _build/published --all -W -n --keep-going
	@python book/tools/offline.py --site $(PUBLISHED) --out $(PUBLISHED)/gan-book.zip
	@python book/tools/pdf.py --site $(PUBLISHED) --out $(PUBLISHED)/gan-book.pdf

still: $(VENV)/.test book
	@python book/tools/still.py

wasm: $(VENV)/.pip
	@test -d _build/zig || { $(PYTHON) -m venv _build/zig && _build/zig/bin/python -m pip install -q ziglang; }
	@_build/zig/bin/python book/tools/wasm.py

colab: $(VENV)/.test
	@python book/tools/colab.py "$(CHAPTER)"

lighthouse: $(VENV)/.test book
	@test -d _build/lighthouse/node_modules/lighthouse || \
	    npm install --silent --no-fund --no-audit --prefix _build/lighthouse lighthouse@12
	@python book/tools/lighthouse.py "$(CHAPTER)"

slides: book
	@ls $(CURDIR)/_build/html/slides/*.html

pdf: $(VENV)/.pdf book
	@python book/tools/pdf.py

offline: book
	@python book/tools/offline.py

clean:
	rm -rf _build .pytest_cache .ruff_cache .coverage book/.jupyter_cache
	find gan book tests -name __pycache__ -prune -exec rm -rf {} +

# ── What the commands need ────────────────────────────────────────────────────────────────────────────────────────
$(VENV)/.pip:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 10))" || \
	    { echo "PYTHON: got '$(PYTHON)'; must be Python 3.10 or newer: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -q --upgrade "pip>=25.1"
	@touch $@

# The static book is built from the notebooks' stored outputs, so this needs no PyTorch.
$(VENV)/.book: $(VENV)/.pip pyproject.toml
	@echo "Setting up $(VENV) for the book …"
	@$(BIN)/python -m pip install -q --group book
	@touch $@

$(VENV)/.pdf: $(VENV)/.book
	@$(BIN)/python -m pip install -q --group pdf
	@touch $@

$(VENV)/.test: $(VENV)/.book
	@echo "Setting up $(VENV) for the tests: PyTorch takes a few minutes …"
	@$(BIN)/python -m pip install -q -e . --group test
	@touch $@
