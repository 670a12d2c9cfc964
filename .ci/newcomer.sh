#!/usr/bin/env bash
# What a newcomer does: a fresh clone of the last commit, an empty home directory, nothing on the path
# but Node, npm and a shell; `npm ci`, `npm start`, a first dataset over plain HTTP, and the same again
# after a restart.
#
#   .ci/newcomer.sh [FOLDER]   clones into FOLDER, which must not exist yet, and leaves it there with
#                              its dependencies installed; by default into a temporary folder
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need curl 'it plays the client'
need git 'it makes the clone'
scratch
clone=${1:-$SCRATCH/catalogd}
address=127.0.0.1:7070
service=http://$address/catalogd.v1.CatalogService

# The machine's own Node, not the one that a checkout brings.
outside=$(tr ':' '\n' <<<"$PATH" | grep -v '/node_modules/' | paste -sd :)
mkdir "$SCRATCH/bin" "$SCRATCH/home"
for program in node npm sh; do
  found=$(PATH=$outside type -P "$program") || die "$program is needed"
  ln -s "$(realpath "$found")" "$SCRATCH/bin/$program"
done
newcomer=(env -u XDG_CACHE_HOME -u XDG_CONFIG_HOME -u XDG_DATA_HOME)
for variable in "${!CATALOGD_@}" "${!npm_@}"; do newcomer+=(-u "$variable"); done
newcomer+=("HOME=$SCRATCH/home" "PATH=$SCRATCH/bin")

if (exec 3<>"/dev/tcp/127.0.0.1/7070") 2>/dev/null; then die "$address, the default, is in use"; fi

git clone -q --no-hardlinks "$ROOT" "$clone"
cd "$clone"
started=$(now)
"${newcomer[@]}" node --version
"${newcomer[@]}" npm ci --loglevel=error
say "npm ci with an empty home directory: $(seconds_since "$started") s"

# start: npm start, until it answers that it is ready.
start() {
  local started deadline=$((SECONDS + 60))
  started=$(now)
  spawn "$SCRATCH/start.log" "${newcomer[@]}" npm start
  pid=$!
  until [ "$(curl -s --max-time 5 -o /dev/null -w '%{http_code}' "http://$address/readyz")" = 200 ]; do
    if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      cat "$SCRATCH/start.log" >&2
      die "npm start is not ready after 60 s, or has ended"
    fi
    sleep 0.1
  done
  say "npm start is ready after $(seconds_since "$started") s"
}

# stop: SIGTERM to npm, as a terminal or a service manager would; it must end by itself with 0.
stop() {
  local status=0 deadline=$((SECONDS + 30))
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || die "npm start still runs 30 s after SIGTERM"
    sleep 0.1
  done
  wait "$pid" || status=$?
  [ "$status" = 0 ] || { cat "$SCRATCH/start.log" >&2; die "npm start ended with $status after SIGTERM"; }
  ! (exec 3<>"/dev/tcp/127.0.0.1/7070") 2>/dev/null || die "something still listens on $address"
}

# call METHOD JSON PART: the answer must hold that part.
call() {
  local answer
  answer=$(curl -sS --fail-with-body --max-time 20 -H 'content-type: application/json' -d "$2" "$service/$1") ||
    die "$1 $2: $answer"
  case $answer in *"$3"*) ;; *) die "$1 $2: '$3' is not in: $answer" ;; esac
}

start
call RegisterManifest '{"name":"first/dataset","schemaFingerprint":"fp"}' '"existing":false'
call RegisterManifest '{"name":"first/dataset","schemaFingerprint":"fp"}' '"existing":true'
stop
start
call GetManifest '{"name":"first/dataset"}' '"version":"2"'
stop
rm -rf catalogd-data
echo 'newcomer: npm ci, npm start, registered, stopped, and still there after a restart'
