#!/usr/bin/env bash
# VersityGW (Apache-2.0) as a second real S3 server for tests, on loopback, gone afterwards.
#
#   .ci/s3-second.sh install        builds the pinned release, where it is missing
#   .ci/s3-second.sh run COMMAND    runs the command against a fresh server
#   .ci/s3-second.sh serve          prints the variables to export and serves until interrupted
#
# It keeps objects as files, so an object `a` and an object `a/b` exclude one another.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Conditional puts are atomic since 1.8.0 (its pull request 2288); before, racing writers all won.
VERSION=v1.8.0

install() { go_tool versitygw github.com/versity/versitygw/cmd/versitygw "$VERSION"; }

start() {
  local gateway=$BIN/versitygw-$VERSION port started
  [ -x "$gateway" ] || die "versitygw is not built: run $0 install"
  scratch
  started=$(now)
  port=$(free_ports 1)
  AWS_ACCESS_KEY_ID=catalogdci AWS_SECRET_ACCESS_KEY=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  mkdir "$SCRATCH/data"
  ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY \
    spawn "$SCRATCH/gateway.log" "$gateway" --port "127.0.0.1:$port" --keep-alive --quiet \
    posix "$SCRATCH/data"
  wait_for_port "$port" 20 $! "$SCRATCH/gateway.log"
  S3_ENDPOINT=http://127.0.0.1:$port S3_BUCKET=catalogd-ci
  create_bucket
  say "versitygw $VERSION ready at $S3_ENDPOINT in $(seconds_since "$started") s"
}

s3_script "$@"
