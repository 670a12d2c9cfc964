#!/usr/bin/env bash
# What a user of the npm package gets: packs it, checks it with a linter, installs it into an empty
# project on every Node that it is for, and there runs the service, the command line and a program of
# the user's own, which is also compiled against the package's types.
#
#   test/interop/package.sh [NODE_MAJOR...]   by default all of them
#
# The versions of Node come from the npm registry. Needs the dependencies of this checkout.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../.ci/lib.sh"
scratch
versions=("$@")
[ "${#versions[@]}" -gt 0 ] || versions=(22 24 26)
export PATH=$ROOT/node_modules/.bin:$PATH
for variable in "${!CATALOGD_@}"; do unset "$variable"; done
npm=(npm --loglevel=error --no-audit --no-fund --no-update-notifier --prefer-offline)

# limited COMMAND...: within two minutes, its output only if it fails.
limited() { quiet "$SCRATCH/last.log" timeout 120 "$@"; }

# is WHAT ACTUAL EXPECTED
is() { [ "$2" = "$3" ] || die "$1: expected '$3', got '$2'"; }

cd "$ROOT"
limited npm pack --pack-destination "$SCRATCH"
package=$(echo "$SCRATCH"/catalogd-*.tgz)
limited publint --strict "$package"
version=$(node -p 'require("./package.json").version')
echo "package: $(du -k "$package" | cut -f1) KiB packed"

# project FOLDER: with nothing in it, but leave for the package `node` to fetch its binary.
project() {
  mkdir "$1"
  echo '{ "private": true, "type": "module", "allowScripts": { "node": true } }' >"$1/package.json"
  cd "$1"
}

# The compiler of this checkout, and its types of Node; everything else is what the package brings.
compile() {
  limited tsc --noEmit --strict --exactOptionalPropertyTypes --target es2024 \
    --typeRoots "$ROOT/node_modules/@types" --types node "$@" consumer.ts
}

# serve STORE: the installed service, on a free port; its address is in $address, its pid in $server.
serve() {
  : >serve.log
  spawn "$PWD/serve.log" node_modules/.bin/catalogd serve --store "$1" --listen 127.0.0.1:0
  server=$!
  local deadline=$((SECONDS + 60))
  until grep -q 'is ready' serve.log; do
    kill -0 "$server" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] ||
      { cat serve.log >&2; die 'the installed service did not start'; }
    sleep 0.1
  done
  address=$(sed -nE 's/.* listens on ([^ ]+).*/\1/p' serve.log)
}

# stop: SIGTERM, upon which it must end by itself with 0.
stop() {
  local status=0 deadline=$((SECONDS + 30))
  kill -TERM "$server"
  while kill -0 "$server" 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || die 'the installed service still runs 30 s after SIGTERM'
    sleep 0.1
  done
  wait "$server" || status=$?
  is 'exit code after SIGTERM' "$status" 0
}

data=$ROOT/test/fingerprint-vectors/duckdb.parquet
path=$PATH
for major in "${versions[@]}"; do
  project "$SCRATCH/node$major"
  limited "${npm[@]}" install "node@$major"
  PATH=$PWD/node_modules/node/bin:$path

  project "$SCRATCH/user$major"
  limited "${npm[@]}" install --omit=dev --engine-strict "$package"
  is 'version' "$(node_modules/.bin/catalogd --version)" "$version"
  cp "$ROOT/test/interop/package-consumer/consumer.ts" .
  for store in memory: "file:$PWD/catalog"; do
    serve "$store"
    limited node_modules/.bin/catalogd register from/cli "$data" --address "$address"
    got=$(node_modules/.bin/catalogd get from/cli --json --address "$address")
    is 'object count' "$(node -p 'JSON.parse(process.argv[1]).objectCount' "$got")" 1
    limited node consumer.ts "$address"
    stop
  done
  echo "package on Node $(node --version): $(du -sm node_modules | cut -f1) MiB installed," \
    "$(node -p 'Object.keys(require("./node_modules/.package-lock.json").packages).length') packages"
done
PATH=$path

cd "$SCRATCH/user${versions[0]}"
compile --module nodenext --moduleResolution nodenext
compile --module esnext --moduleResolution bundler
echo 'package: types hold for nodenext and bundler'
