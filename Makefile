# Pilot Dispatch. `make run` starts it, `make test` proves it. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin
export PYTHONUNBUFFERED = 1

.PHONY: help setup run test search bench pictures lint clean
help:
	@echo "make setup   make a virtual environment in .venv with what the program needs"
	@echo "make run     set up, load the demonstration if the database is empty, start web and worker"
	@echo "make test    all tests: unit, PostgreSQL, SMTP, Chromium"
	@echo "make search  the property tests over other examples again and again, until one fails"
	@echo "make bench   the figures, each against its floor in one run, into var/bench.json"
	@echo "make pictures  a picture of every page of the demonstration, into docs/pages"
	@echo "make lint    style"

.venv/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with PYTHON=..."; exit 1; }
	@echo "Setting up .venv (once, about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.test: .venv/.run requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

setup: .venv/.run

run: setup
	@exec $(BIN)/python manage.py run

test: .venv/.test
	@sh tests/system_packages.sh
	@$(BIN)/python -m pytest -n 2 --dist loadfile

search: .venv/.test
	@while HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -m hypothesis --timeout=3600; do :; done

bench: .venv/.test
	@$(BIN)/python -m bench

pictures: .venv/.test
	@$(BIN)/python -m pictures

lint: .venv/.test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

clean:
	rm -rf .venv var
