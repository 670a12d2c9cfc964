#!/usr/bin/env bash
# What can be known of the image without a container engine: does the steps of deploy/Dockerfile, then runs
# the result as the image would run: in a root of its own with nothing in it but Node, its libraries and the
# files of the image, read-only, as user 65532, against an S3 double.
#
# Needs root, for the mounts. The base images are not looked at.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need unshare 'it makes the read-only root'
need curl 'it plays the client'
[ "$(id -u)" = 0 ] || die 'mounting takes root'
scratch
cd "$ROOT"
export PATH=$ROOT/node_modules/.bin:$PATH
for variable in "${!CATALOGD_@}"; do unset "$variable"; done

quiet "$SCRATCH/replay.log" node .ci/replay-dockerfile.mjs deploy/Dockerfile "$SCRATCH/stages"
image=$SCRATCH/stages/image

# What the distroless base gives: Node, what it is linked to, and the user.
node=$(node -p process.execPath)
mkdir -p "$image/nodejs/bin" "$image/etc" "$image/proc" "$image/data"
cp "$node" "$image/nodejs/bin/node"
ldd "$node" | grep -oE '/[^ ]+' | while read -r library; do cp --parents -L "$library" "$image"; done
echo 'nonroot:x:65532:65532::/nonexistent:/sbin/nologin' >"$image/etc/passwd"

config() { node -p "const c = require('$SCRATCH/stages/image.json'); $1"; }
[ "$(config c.user)" = 65532:65532 ] || die 'the image does not run as user 65532'
for left in src test typescript jest .git; do
  [ ! -e "$image/app/$left" ] && [ ! -e "$image/app/node_modules/$left" ] || die "$left is in the image"
done
locked=$(node -p 'Object.entries(require("./package-lock.json").packages).filter(([p, e]) => p && !e.dev).length')
installed=$(node -p "Object.keys(require('$image/app/node_modules/.package-lock.json').packages).length")
[ "$installed" -le "$locked" ] || die "$installed packages in the image, $locked in the lock"

read -r s3 port < <(free_ports 2 | xargs)
export AWS_ACCESS_KEY_ID=image AWS_SECRET_ACCESS_KEY=image-secret
spawn "$SCRATCH/s3.log" node test/support/s3-double.ts --port "$s3" --bucket lake
wait_for_port "$s3" 20 $! "$SCRATCH/s3.log"

# start: the image's entry point and command. Nothing of it may be written to but what is mounted at /data.
start() {
  # shellcheck disable=SC2016 # the inner shell expands
  spawn "$SCRATCH/serve.log" unshare --mount --pid --fork --kill-child=TERM sh -ec '
    image=$1; shift
    mount --bind "$image" "$image"
    mount -o remount,bind,ro,nosuid,nodev "$image"
    exec env -i "$@"' sh "$image" \
    "NODE_ENV=$(config c.env.NODE_ENV)" "AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID" \
    "AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY" "CATALOGD_LISTEN=127.0.0.1:$port" \
    "CATALOGD_STORE=s3://lake/catalog?endpoint=http://127.0.0.1:$s3&region=us-east-1&path_style=true" \
    "$(PATH=$PATH:/usr/sbin type -P chroot)" --userspec=65532:65532 "$image" $(config '[...c.entrypoint, ...c.cmd].join(" ")')
  service=$!
  local deadline=$((SECONDS + 30))
  until [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/readyz")" = 200 ]; do
    kill -0 "$service" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] ||
      { cat "$SCRATCH/serve.log" >&2; die 'the image did not get ready'; }
    sleep 0.1
  done
}

start
curl -sS --fail-with-body -X PUT "http://127.0.0.1:$port/v1/manifests/image/first" \
  -H 'content-type: application/json' -d '{"schema_fingerprint": "f"}' >/dev/null
child=$(pgrep -P "$service" | tail -1)
[ "$(stat -c %u "/proc/$child")" = 65532 ] || die 'it runs as another user'
stop_group "$service"
start
curl -sS --fail "http://127.0.0.1:$port/v1/manifests/image/first" | grep -q '"version"' ||
  die 'what was registered is gone after a restart'
curl -sS --fail "http://127.0.0.1:$port/openapi.yaml" >/dev/null || die '/openapi.yaml is not in the image'
stop_group "$service"
echo "image: $(du -sm "$image/app" | cut -f1) MiB of files, $installed packages; served read-only as user 65532"
