#!/usr/bin/env bash
# The official conformance suite of Connect against our server: gRPC, gRPC-Web and Connect, over HTTP/1.1
# and HTTP/2, in plain text and over TLS, with client certificates and without, once with the fast lane
# and once without. Nothing may fail, and no failure is known.
#
#   test/interop/conformance/run.sh [ARGUMENT...]     for the runner, for example: --run '**/unary/**' -v
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../service.sh"
need go 'https://go.dev/dl'
scratch

here=$INTEROP/conformance
"$ROOT/.ci/tools.sh" conformance

# The protos of the suite come with its module.
module=$(cd "$SCRATCH" && go mod download -json "connectrpc.com/conformance@$CONFORMANCE_VERSION" |
  node -p 'JSON.parse(require("node:fs").readFileSync(0)).Dir')
buf build "$module/proto" -o "$SCRATCH/conformance.binpb"

for mode in lane base; do
  started=$(now)
  # The runner gives a server 10 s to start, which four at once on a busy machine may not keep.
  "$BIN/connectconformance-$CONFORMANCE_VERSION" --mode server --max-servers 2 --trace \
    --conf "$here/config.yaml" "$@" -- \
    node "$here/server.ts" "$SCRATCH/conformance.binpb" "$mode"
  say "$mode: $(seconds_since "$started") s"
done
