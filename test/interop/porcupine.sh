#!/usr/bin/env bash
# Has a second checker, porcupine, judge the histories that ours judges: the known ones, some of fresh
# runs, and some of runs with mistakes in the code. The verdicts must agree.
#
#   test/interop/porcupine.sh [FOLDER]      with the histories kept in FOLDER in place of fresh runs
#
# CATALOGD_TEST_SEEDS   how many fresh runs; default 2
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"
need go 'https://go.dev/dl'
scratch

(
  cd "$INTEROP/../linearizability/porcupine"
  [ -z "$(gofmt -l .)" ] || die "gofmt: $(gofmt -d .)"
  GOFLAGS=-mod=readonly CGO_ENABLED=0 go vet ./...
  GOFLAGS=-mod=readonly CGO_ENABLED=0 go build -o "$SCRATCH/porcupine" .
)
main=$ROOT/test/linearizability/main.ts
kept=${1:-$SCRATCH/kept}
node "$main" known "$SCRATCH/known"
if [ "$#" = 0 ]; then
  export CATALOGD_TEST_KEEP=$kept CATALOGD_TEST_SEEDS=${CATALOGD_TEST_SEEDS:-2}
  node "$main"
  node "$main" mutations If-
  node "$main" mutations 'a stale index'
  node "$main" mutations 'by a new create'
fi

mapfile -t files < <(find "$SCRATCH/known" "$kept" -name '*.json' ! -name faults.json | sort)
node "$main" verdicts "${files[@]}" >"$SCRATCH/ours"
"$SCRATCH/porcupine" "${files[@]}" >"$SCRATCH/theirs"
# porcupine may not reach a verdict in time: mostly of a history without a linearization, hardly ever of another.
paste -d' ' "$SCRATCH/ours" "$SCRATCH/theirs" | awk '
  $1 != $4 || $2 != $5 { print "not the same history: " $0; exit 1 }
  $3 == $6 { same[$3]++; next }
  $6 == "undecided" { print "not decided in time: " $0; open[$3]++; next }
  { print "they disagree: " $0; differ++ }
  END {
    printf "%d linearizable, %d violations, agreed; not decided in time: %d and %d\n",
      same["linearizable"], same["violation"], open["linearizable"], open["violation"]
    exit differ > 0 || same["linearizable"] < 50 || same["violation"] < 30 ||
      open["linearizable"] > same["linearizable"] / 100
  }'
