# Everything runs in a virtual environment of this checkout, made when it is missing or no longer current.
# `make help` lists the targets.

ENVIRONMENT ?= default

# What each environment installs beside igz-runtime and the tools of `dev` in pyproject.toml.
MLRUN_default    := mlrun
MLRUN_kfp18      := mlrun[kfp18]
MLRUN_mlrun-1.10 := mlrun==1.10.*
ENVIRONMENTS     := default kfp18 mlrun-1.10

ifeq ($(filter $(ENVIRONMENT),$(ENVIRONMENTS)),)
$(error ENVIRONMENT is "$(ENVIRONMENT)"; it must be one of: $(ENVIRONMENTS))
endif

VENV        := .venv$(if $(filter-out default,$(ENVIRONMENT)),-$(ENVIRONMENT))
BIN         := $(VENV)/bin
CONSTRAINTS := constraints/$(ENVIRONMENT).txt
PIP         := $(BIN)/python -m pip --quiet --disable-pip-version-check
# A terminal shows uv's progress; a log does without its list of packages.
UV          := $(BIN)/python -m uv $$([ -t 2 ] || echo --quiet)
INSTALL     := install --constraint $(CONSTRAINTS) --editable '.[all]' '$(MLRUN_$(ENVIRONMENT))' --group dev

# mlrun 1.11 and 1.12 install on Python 3.11 only.
IS_PYTHON_3_11 := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'

.DEFAULT_GOAL := help
.PHONY: help quickstart test attack test-lint test-server test-jupyter test-page test-policy mutants control-plane format bench docs constraints clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'
	@echo "  ENVIRONMENT=$(subst $() ,|,$(ENVIRONMENTS)) chooses the environment (now: $(ENVIRONMENT), in $(VENV))"

# Says where the environment was made. It holds absolute paths, so one that was moved or copied is made again.
MADE := $(VENV)/.made
ifneq ($(shell test -x $(BIN)/python && cat $(MADE) 2>/dev/null),$(CURDIR))
.PHONY: $(MADE)
endif

$(MADE):
	@if [ -e $(MADE) ] || ! { $(BIN)/python $(IS_PYTHON_3_11) && $(BIN)/python -m pip --version; } >/dev/null 2>&1; then \
	  for candidate in $(PYTHON) python3.11 python3; do \
	    if $$candidate $(IS_PYTHON_3_11) 2>/dev/null; then python=$$candidate; break; fi; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "Python 3.11 is needed (mlrun installs on no other): neither python3.11 nor python3 is one." >&2; \
	    echo "Name another with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; \
	    exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$($$python --version)"; \
	  $$python -m venv --clear $(VENV) || exit 1; \
	fi
	@$(PIP) install --constraint $(CONSTRAINTS) uv || echo "uv could not be installed"
	@echo "$(CURDIR)" > $(MADE)

# uv takes seconds where pip takes a minute or two, and has its own settings of index and certificates: where these
# do not reach an index, pip's may.
INSTALLED := $(VENV)/.installed
$(INSTALLED): pyproject.toml $(CONSTRAINTS) $(MADE)
	@echo "Installing igz-runtime, $(MLRUN_$(ENVIRONMENT)) and the tools into $(VENV) (150 packages and more)"
	@began=$$(date +%s); \
	if ! $(UV) pip $(INSTALL) --python $(BIN)/python; then \
	  echo "uv did not install them; trying pip, which takes a minute or two"; \
	  $(PIP) install --upgrade 'pip>=25.1' && $(PIP) $(INSTALL) || exit 1; \
	fi; \
	echo "Installed in $$(( $$(date +%s) - began )) s"
	@touch $(INSTALLED)

quickstart: $(INSTALLED) ## Set up, and run the main job offline
	@$(BIN)/python examples/quickstart.py

# One failed part does not hide the others. What reads the sources alone says the same in every environment.
test: $(INSTALLED) ## Set up, and run ruff, mypy, import-linter and pytest (ARGS=... goes to pytest)
	@table=; verdict=0; \
	part() { \
	  title=$$1; shift; printf '\n== %s (%s)\n' "$$title" $(ENVIRONMENT); began=$$(date +%s); \
	  if "$$@"; then result=passed; else result=FAILED; verdict=1; fi; \
	  table="$$table$$(printf '%-14s %4d s  %s' "$$title" $$(( $$(date +%s) - began )) $$result);"; \
	}; \
	if [ $(ENVIRONMENT) = default ]; then \
	  part 'ruff check' $(BIN)/python -m ruff check; \
	  part 'ruff format' $(BIN)/python -m ruff format --check; \
	  part 'mypy' $(BIN)/python -m mypy; \
	  part 'import-linter' $(BIN)/lint-imports --no-logo; \
	fi; \
	part 'pytest' env ENVIRONMENT=$(ENVIRONMENT) $(BIN)/python -m pytest --numprocesses=auto --dist=worksteal $(ARGS); \
	printf '\n%s' "$$table" | tr ';' '\n'; \
	$(BIN)/python tests/cluster/binaries.py --missing; \
	exit $$verdict

# The last MLRun whose server is in its wheel runs on no other Python. It is installed for these tests alone, and is no
# part of what CI runs.
SERVER       := .venv-server
PYTHON39     ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.9.*/bin/python3.9) 3.9)
SERVER_SAYS  := $(SERVER)/.installed
REQUIREMENTS := tests/server/requirements.txt
$(SERVER_SAYS): $(REQUIREMENTS) $(INSTALLED)
	@echo "Installing MLRun's API server into $(SERVER) (200 packages)"
	@$(UV) venv --clear --python $(PYTHON39) $(SERVER) || \
	  { echo "Python 3.9 is needed; name one with: make test-server PYTHON39=/path/to/python3.9" >&2; exit 1; }
	@echo 'setuptools<81' > $(SERVER)/build.txt
	@$(UV) pip install --no-deps --requirement $(REQUIREMENTS) --build-constraint $(SERVER)/build.txt \
	  --python $(SERVER)/bin/python
	@touch $(SERVER_SAYS)

test-server: $(SERVER_SAYS) ## Run the tests that need MLRun's own API server (Python 3.9; ARGS=... goes to pytest)
	@IGZ_TEST_SERVER_PYTHON=$(CURDIR)/$(SERVER)/bin/python $(BIN)/python -m pytest tests/server -rs $(ARGS)

# igz-mgmt, KubeSpawner and jupyter_server have an environment of their own, and so has igz-runtime beside them.
JUPYTER      := .venv-jupyter
JUPYTER_SAYS := $(JUPYTER)/.installed
$(JUPYTER_SAYS): pyproject.toml constraints/jupyter.txt $(MADE)
	@echo "Installing igz-runtime, igz-mgmt, KubeSpawner and jupyter_server into $(JUPYTER) (110 packages)"
	@$(UV) venv --clear --python $(BIN)/python $(JUPYTER)
	@$(UV) pip install --constraint constraints/jupyter.txt --editable . --group jupyter --python $(JUPYTER)/bin/python
	@touch $(JUPYTER_SAYS)

test-jupyter: $(JUPYTER_SAYS) ## Run the tests that need igz-mgmt, KubeSpawner and jupyter_server (ARGS=... goes to pytest)
	@IGZ_TEST_JUPYTER=1 $(JUPYTER)/bin/python -m pytest tests/jupyter $(ARGS)

# A browser's driver is of no use to any other test, so it has an environment of its own too.
PAGE      := .venv-page
PAGE_SAYS := $(PAGE)/.installed
$(PAGE_SAYS): pyproject.toml constraints/page.txt $(MADE)
	@echo "Installing igz-runtime, playwright and axe-core into $(PAGE) (25 packages)"
	@$(UV) venv --clear --python $(BIN)/python $(PAGE)
	@$(UV) pip install --constraint constraints/page.txt --editable . --group page --python $(PAGE)/bin/python
	@touch $(PAGE_SAYS)

test-page: $(PAGE_SAYS) ## Run the tests that need Chromium and Prometheus, getting these where apt-get can (ARGS=... goes to pytest)
	@$(PAGE)/bin/python tests/page/programs.py
	@IGZ_TEST_PAGE=1 $(PAGE)/bin/python -m pytest tests/page $(ARGS)

# Policies are held to the rules on an API server, whose answers no other environment changes.
test-policy: $(INSTALLED) ## Run the tests of admission policies on a real API server, with a tenth of the random ones (IGZ_POLICY_SEED=... again; ARGS=...)
	@IGZ_TEST_POLICY=1 $(BIN)/python -m pytest tests/policy --numprocesses=3 --dist=loadfile $(ARGS)

mutants: $(INSTALLED) ## Run all of them: random pods, facts and waivers, and every change of an operator of the policies
	@IGZ_TEST_POLICY=1 IGZ_POLICY=full IGZ_POLICY_SEED=$${IGZ_POLICY_SEED:-$$(date +%s)} \
	  $(BIN)/python -m pytest tests/policy $(ARGS)

attack: $(INSTALLED) ## Attack what is promised in SECURITY.md in full; CI makes a hundredth of it (IGZ_ATTACK_SEED=... again; ARGS=...)
	@IGZ_ATTACK=full IGZ_ATTACK_SEED=$${IGZ_ATTACK_SEED:-$$(date +%s)} \
	  $(BIN)/python -m pytest tests/attacks --numprocesses=auto --dist=worksteal $(ARGS)

# Lint needs no mlrun, which installs on Python 3.11 alone: here it is by itself, on each Python, with the lowest and the
# newest versions of what it needs. The lowest of 3.11 are without libyaml, as some builds of PyYAML are. Random tests take
# a third of their examples: all of them run where everything is tested.
LINT_ON      ?= 3.13-newest
LINT_PYTHON  := $(firstword $(subst -, ,$(LINT_ON)))
LINT_VERSION := constraints/lint-$(lastword $(subst -, ,$(LINT_ON))).txt
LINT         := .venv-lint-$(LINT_ON)
LINT_SAYS    := $(LINT)/.installed
LINT_TESTS   := lint config text cli/test_cli.py cli/test_fix.py rules/test_rules.py report/test_lint_reports.py
$(LINT_SAYS): pyproject.toml $(LINT_VERSION) $(MADE)
	@echo "Installing igz-runtime alone into $(LINT) (30 packages)"
	@$(UV) venv --clear $(LINT) \
	  --python $(firstword $(wildcard $(HOME)/.pyenv/versions/$(LINT_PYTHON).*/bin/python) $(LINT_PYTHON)) || \
	  { echo "Python $(LINT_PYTHON) is needed, on the PATH or in ~/.pyenv" >&2; exit 1; }
	@$(UV) pip install --constraint $(LINT_VERSION) --editable . --group lint --python $(LINT)/bin/python
	@[ $(LINT_ON) != 3.11-lowest ] || rm $(LINT)/lib/python3.11/site-packages/yaml/_yaml.*
	@touch $(LINT_SAYS)

test-lint: $(LINT_SAYS) ## Run the tests of lint by itself (LINT_ON=3.11-lowest|3.12-lowest|3.13-lowest|3.13-newest)
	@env -u CI $(LINT)/bin/python -m pytest --numprocesses=auto --dist=worksteal $(addprefix tests/unit/,$(LINT_TESTS)) $(ARGS)

control-plane: $(MADE) ## Build the Kubernetes control plane that tests/cluster needs, where it is missing (Go)
	@$(BIN)/python tests/cluster/binaries.py

format: $(INSTALLED) ## Format the code, and repair what ruff can repair
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

bench: $(INSTALLED) ## Run the benchmarks
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/cluster.py
	$(BIN)/python benchmarks/policy.py
	$(BIN)/python benchmarks/lint.py
	$(BIN)/python benchmarks/projects.py

docs: $(INSTALLED) ## Build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# Only names and versions: an index, a path or a hash would tie the files to one machine or platform.
constraints: $(MADE) ## Resolve the newest versions for every environment into constraints/
	@$(foreach name,$(ENVIRONMENTS),\
	  echo "Resolving $(name)"; \
	  echo '$(MLRUN_$(name))' | $(BIN)/python -m uv --quiet pip compile pyproject.toml - --extra all --group dev \
	    --upgrade --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	    --output-file constraints/$(name).txt || exit 1;)
	@$(foreach name,jupyter page,\
	  echo "Resolving $(name)"; \
	  $(BIN)/python -m uv --quiet pip compile pyproject.toml --group $(name) --upgrade --python-version 3.11 --no-header \
	    --no-annotate --no-emit-index-url --no-emit-find-links --output-file constraints/$(name).txt || exit 1;)
	@$(foreach name,lowest:lowest-direct newest:highest,\
	  echo "Resolving lint-$(firstword $(subst :, ,$(name)))"; \
	  $(BIN)/python -m uv --quiet pip compile pyproject.toml --group lint --upgrade --universal --python-version 3.11 \
	    --resolution $(lastword $(subst :, ,$(name))) --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	    --output-file constraints/lint-$(firstword $(subst :, ,$(name))).txt || exit 1;)

clean: ## Remove the environments, the caches and what was built
	rm -rf .venv .venv-lint-* $(SERVER) $(JUPYTER) $(PAGE) $(addprefix .venv-,$(filter-out default,$(ENVIRONMENTS)))
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache artefacts dist site
	find . -name __pycache__ -prune -exec rm -rf {} +
