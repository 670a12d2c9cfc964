#!/usr/bin/env bash
# Runs docs/sql.md as it stands with DuckDB for Python and pyarrow, newer ones than npm brings: its commands
# and statements in order, then its Python, whose output must be what the page shows.
#
#   test/interop/sql/run.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../service.sh"
scratch
python_venv

page=docs/sql.md
tour=$SCRATCH/tour
mkdir "$tour"
# The command as it is called once the package is installed.
printf '#!/bin/sh\nexec node "%s" "$@"\n' "$ROOT/bin/catalogd.js" >"$SCRATCH/catalogd"
chmod +x "$SCRATCH/catalogd"
PATH=$SCRATCH:$PATH
cp "$ROOT/node_modules/vega-datasets/data/flights-3m.parquet" "$tour"
start_service "file:$tour/catalogd-data"
export CATALOGD_ADDRESS=$address

cd "$tour"
python3 "$INTEROP/sql/tour.py" "$ROOT/$page"
blocks $page python >tour.py
shows $page 'text python' "$(python3 tour.py)"
echo "sql: the page's Python prints what $page shows"
