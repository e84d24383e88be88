#!/usr/bin/env bash
# Measures package names, a plain baseline and the Python package rigour, with the
# matchers built on it, on names/testdata/pairs.tsv. Needs PyPI, Python 3.11 and ICU for
# pyicu. Nothing is left in the project: the environment is made in a temporary folder,
# or in the one that NAMES_VENV names.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${NAMES_VENV:-$(mktemp -d)/venv}
if [ ! -x "$venv/bin/python" ]; then
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet rigour==2.6.1 followthemoney==4.11.2 nomenklatura==4.17.4 normality==3.1.0
fi
go test -count=1 -v -run TestSetFigures ./names | grep -E 'threshold|kind|key in common' | sed 's/^.*go:[0-9]*: //'
"$venv/bin/python" names/testdata/compare.py names/testdata/pairs.tsv
