#!/usr/bin/env bash
# Drives a live catalogd with the Go client of docs/clients/go.md: generates the code with buf and local
# plugins, builds what the page shows together with the checks beside this script, and runs them.
#
#   test/interop/go/run.sh [HOST:PORT]      starts a service of its own without an address
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../service.sh"
need go 'https://go.dev/dl'
need buf 'npm ci'
scratch

# The versions are the page's.
while read -r package version; do
  go_tool "${package##*/}" "$package" "$version"
  ln -s "$BIN/${package##*/}-$version" "$SCRATCH/${package##*/}"
done < <(blocks docs/clients/go.md sh | sed -nE 's/^go install (.+)@(.+)$/\1 \2/p')

build=$SCRATCH/pipeline
mkdir "$build"
cp "$INTEROP"/go/*.go "$INTEROP"/go/go.{mod,sum} "$INTEROP/go/buf.gen.yaml" "$build"
diff "$build/buf.gen.yaml" <(blocks docs/clients/go.md yaml) || die 'docs/clients/go.md: another buf.gen.yaml'
ln -s "$ROOT/proto" "$build/proto"
blocks docs/clients/go.md go >"$build/client.go"
{ printf 'package main\n\n'; blocks docs/clients/conflict.md go; } >"$build/conflict.go"
(
  cd "$build"
  PATH=$SCRATCH:$PATH buf generate
  [ -z "$(gofmt -l ./*.go)" ] || die "gofmt: $(gofmt -d ./*.go)"
  GOFLAGS=-mod=readonly CGO_ENABLED=0 go vet ./...
  GOFLAGS=-mod=readonly CGO_ENABLED=0 go build -o "$SCRATCH/run" .
)

address=${1:-}
[ -n "$address" ] || start_service
register_orders
shows docs/clients/conflict.md 'text go' "$("$SCRATCH/run" "$address" conflict)"
"$SCRATCH/run" "$address" check
