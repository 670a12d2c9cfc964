# shellcheck shell=bash
# What the scripts that drive a live service share. Sourced, never run.
source "$(dirname "${BASH_SOURCE[0]}")/../../.ci/lib.sh"

INTEROP=$ROOT/test/interop
PATH=$ROOT/node_modules/.bin:$PATH

# blocks PAGE INFO: the code blocks of a page, see fenced-blocks.mjs.
blocks() { node "$INTEROP/fenced-blocks.mjs" "$ROOT/$1" "$2"; }

# start_service [STORE]: starts a catalogd on a free port and leaves HOST:PORT in $address.
start_service() {
  local server log=$SCRATCH/serve.log tenths=300
  spawn "$log" node "$ROOT/bin/catalogd.js" serve --store "${1:-memory:}" --listen 127.0.0.1:0
  server=$!
  until grep -q 'is ready' "$log"; do
    if ! kill -0 "$server" 2>/dev/null || [ "$tenths" = 0 ]; then
      cat "$log" >&2
      die 'the service did not start within 30 s'
    fi
    sleep 0.1
    tenths=$((tenths - 1))
  done
  address=$(sed -nE 's/.* listens on ([^ ]+).*/\1/p' "$log")
}

# register_orders: the dataset that docs/clients/conflict.md collides with.
register_orders() {
  curl -sS --fail-with-body --max-time 20 -H 'content-type: application/json' -o "$SCRATCH/orders.json" \
    -d '{"name":"sales/orders","schema_fingerprint":"orders-v1"}' \
    "http://$address/catalogd.v1.CatalogService/RegisterManifest" ||
    die "sales/orders cannot be registered: $(cat "$SCRATCH/orders.json")"
}

# shows PAGE INFO OUTPUT: the page must show that output, to the letter.
shows() {
  diff -u --label "$1" --label 'this run' <(blocks "$1" "$2") <(printf '%s\n' "$3") ||
    die "$1 does not show what \`$2\` prints"
}

# python_venv: a virtual environment of what test/interop/python/requirements.txt pins, in the cache
# under the checksum of that file; its bin folder goes to the head of the path.
python_venv() {
  local requirements=$INTEROP/python/requirements.txt venv
  venv=$CACHE/python-$(sha256sum "$requirements" | cut -c 1-16)
  if [ ! -e "$venv/complete" ]; then
    need python3 'the Python client and the SQL tour run on it'
    rm -rf "$venv"
    mkdir -p "$CACHE"
    python3 -m venv "$venv" || die 'python3 cannot make virtual environments: install python3-venv'
    "$venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: -r "$requirements"
    touch "$venv/complete"
  fi
  PATH=$venv/bin:$PATH
}
