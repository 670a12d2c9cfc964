#!/usr/bin/env bash
# Drives a live catalogd with the Python client of docs/clients/python.md: generates the code with buf and
# local plugins, takes the client off the page, and runs the checks beside this script.
#
#   test/interop/python/run.sh [HOST:PORT]      starts a service of its own without an address
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../service.sh"
need buf 'npm ci'
scratch
python_venv

page=docs/clients/python.md
for pin in $(blocks $page sh | sed -n 's/^pip install //p'); do
  grep -qxF "$pin" "$INTEROP/python/requirements.txt" || die "$page installs $pin, requirements.txt does not"
done
cp "$INTEROP"/python/{check.py,buf.gen.yaml} "$SCRATCH"
diff "$SCRATCH/buf.gen.yaml" <(blocks $page yaml) || die "$page: another buf.gen.yaml"
ln -s "$ROOT/proto" "$SCRATCH/proto"
blocks $page python >"$SCRATCH/catalog_client.py"
blocks docs/clients/conflict.md python >"$SCRATCH/conflict.py"
cd "$SCRATCH"
# The page's commands, but for what is installed already.
bash -euo pipefail -c "$(blocks $page sh | grep -v '^pip install ')"
export PYTHONPATH=$SCRATCH/gen

address=${1:-}
[ -n "$address" ] || start_service
register_orders
shows docs/clients/conflict.md 'text python' "$(python3 check.py "$address" conflict)"
python3 check.py "$address" check
