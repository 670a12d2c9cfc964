#!/bin/sh
# Fails when gen/ is not what the protos generate.
set -eu
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
buf generate --output "$fresh"
diff -r "$fresh/gen" gen || {
  echo 'gen/ differs from what proto/ generates: run "npm run generate" and commit the result' >&2
  exit 1
}
