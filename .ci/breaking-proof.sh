#!/usr/bin/env bash
# Proves that `buf breaking` guards the contract: as it stands it passes against the image of the last
# release, and each change below, made to a copy, is refused for the reason it should be.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need buf 'npm ci, and node_modules/.bin on the path'

IMAGE=$(realpath -m "${1:-$ROOT/buf.image.binpb}")
[ -s "$IMAGE" ] || die "$IMAGE, the contract of the last release, is missing: buf build -o $IMAGE"
scratch

# copy NAME: a fresh copy of the contract, in the folder $copy.
copy() {
  copy=$SCRATCH/$1
  mkdir "$copy"
  cp -r "$ROOT/buf.yaml" "$ROOT/proto" "$copy"
}

breaking() { (cd "$copy" && timeout 120 buf breaking --against "$IMAGE") 2>&1; }

copy unchanged
answer=$(breaking) || die "the contract breaks that of the last release:
$answer"

# refused NAME FILE SED-SCRIPT REASON
refused() {
  local answer status=0
  copy "$1"
  sed -i -E "$3" "$copy/proto/catalogd/v1/$2"
  ! cmp -s "$ROOT/proto/catalogd/v1/$2" "$copy/proto/catalogd/v1/$2" ||
    die "$1: nothing in $2 matches $3, so nothing was proven"
  (cd "$copy" && buf build -o /dev/null) || die "$1: the changed contract does not compile"
  answer=$(breaking) || status=$?
  # buf's exit code for findings, as opposed to a run that failed.
  [ "$status" = 100 ] || die "$1 was to be refused with exit code 100, but ended with $status: $answer"
  grep -qE "$4" <<<"$answer" || die "$1 was refused, but not for '$4': $answer"
}

refused field-removed catalog.proto '/^  string etag = 9;$/d' 'field "9" with name "etag"'
refused field-retyped catalog.proto 's/^  int64 version = 8;$/  string version = 8;/' 'type from "int64"'
refused rpc-removed catalog_service.proto '/^  rpc ListObjects\(/,/^  \}$/d' 'RPC "ListObjects"'
echo "buf breaking: the contract as it stands passes, and 3 breaking changes are refused"
