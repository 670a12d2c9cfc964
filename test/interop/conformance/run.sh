#!/usr/bin/env bash
# The official conformance suite of Connect against our server: gRPC, gRPC-Web and Connect, in plain text
# over HTTP/1.1 and HTTP/2. Everything must pass but what known-failing.txt lists, and each case that is
# listed there must fail with connect-node's own adapter as well: then it is not ours.
#
#   test/interop/conformance/run.sh [ARGUMENT...]     for the runner, for example: --run '**/unary/**' -v
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../service.sh"
need go 'https://go.dev/dl'
scratch

here=$INTEROP/conformance
server=(node "$here/server.ts" "$SCRATCH/conformance.binpb")
go_tool connectconformance connectrpc.com/conformance/cmd/connectconformance "$CONFORMANCE_VERSION"
runner=("$BIN/connectconformance-$CONFORMANCE_VERSION" --mode server --conf "$here/config.yaml")

# The protos of the suite come with its module.
module=$(cd "$SCRATCH" && go mod download -json "connectrpc.com/conformance@$CONFORMANCE_VERSION" |
  node -p 'JSON.parse(require("node:fs").readFileSync(0)).Dir')
buf build "$module/proto" -o "$SCRATCH/conformance.binpb"


"${runner[@]}" --known-failing "@$here/known-failing.txt" "$@" -- "${server[@]}"
