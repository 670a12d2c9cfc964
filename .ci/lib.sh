# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.
#
# A process that is to outlive one command is started with `spawn`: it gets a process group of its
# own, and everything in it is gone when the script that started it ends, however it ends.

CI_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$CI_DIR")
# Binaries and virtual environments, kept between runs. Every entry is named after its version.
CACHE=${CATALOGD_CI_CACHE:-${HOME:-/root}/.cache/catalogd-ci}
BIN=$CACHE/bin

GRPCURL_VERSION=v1.9.4
CONFORMANCE_VERSION=v1.0.7
PYARROW_VERSION=26.0.1
PYARROW_VENV=$CACHE/pyarrow-$PYARROW_VERSION
HADOLINT_VERSION=2.15.1
KUBERNETES_VALIDATE_VERSION=1.37.0
DEPLOY_VENV=$CACHE/deploy-$HADOLINT_VERSION-$KUBERNETES_VALIDATE_VERSION
KUSTOMIZE_VERSION=v5.7.1
COMPOSE_GO_VERSION=v2.16.2

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
need() { command -v "$1" >/dev/null || die "$1 is needed: $2"; }

# now: seconds since the epoch, with milliseconds.
now() { printf '%s' "${EPOCHREALTIME/,/.}"; }
# seconds_since START: with one decimal.
seconds_since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

SPAWNED=()
SCRATCH=

# spawn LOG COMMAND...: runs the command in the background; its pid, which is its group too, is in $!.
# setsid does not fork here, for a background job of a script is no group leader.
spawn() {
  local log=$1
  shift
  setsid "$@" >"$log" 2>&1 </dev/null &
  SPAWNED+=("$!")
}

# stop_group PID: TERM to the group, KILL to what is left of it after 10 s.
stop_group() {
  local pid=$1 tenths=100
  kill -TERM -- "-$pid" 2>/dev/null || return 0
  while kill -0 -- "-$pid" 2>/dev/null && [ "$tenths" -gt 0 ]; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -KILL -- "-$pid" 2>/dev/null || true
}

# Newest first: what was started last depends on what was started before.
stop_spawned() {
  local i
  for ((i = ${#SPAWNED[@]} - 1; i >= 0; i--)); do stop_group "${SPAWNED[i]}"; done
  SPAWNED=()
}

cleanup() {
  local status=$?
  trap - EXIT INT TERM HUP
  stop_spawned
  if [ -n "$SCRATCH" ]; then rm -rf "$SCRATCH"; fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# scratch: makes a temporary folder, named in $SCRATCH and removed at the end. Its path is short,
# because it holds Unix sockets.
scratch() {
  [ -n "$SCRATCH" ] || SCRATCH=$(mktemp -d /tmp/catalogd-ci.XXXXXX)
}

# quiet LOG COMMAND...: keeps what the command prints to itself, unless it fails.
quiet() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null && return
  tail -n 30 "$log" >&2
  die "failed: $*"
}

# free_ports N: so many TCP ports that are free on loopback at this moment, one a line.
free_ports() {
  node -e '
    const { createServer } = require("node:net");
    const servers = Array.from({ length: Number(process.argv[1]) }, () => createServer());
    let left = servers.length;
    for (const server of servers) {
      server.listen(0, "127.0.0.1", () => {
        if (--left > 0) return;
        for (const each of servers) { console.log(each.address().port); each.close(); }
      });
    }' "$1"
}

# wait_for_port PORT SECONDS PID LOG: until something accepts connections on 127.0.0.1:PORT. Fails,
# and shows the end of the log, when the time is up or the process has ended.
wait_for_port() {
  local port=$1 pid=$3 log=$4 deadline=$((SECONDS + $2 + 1))
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      tail -n 30 "$log" >&2
      die "nothing listens on 127.0.0.1:$port after $2 s, or process $pid has ended"
    fi
    sleep 0.05
  done
}

# as_root COMMAND...
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else
    need sudo "installing Debian packages takes root"
    sudo -n "$@"
  fi
}

# go_tool NAME MODULE/PACKAGE VERSION: builds a pinned Go program through the module proxy into the
# cache, as $BIN/NAME-VERSION. One that is there is not built again.
go_tool() {
  local name=$1 package=$2 version=$3
  [ -x "$BIN/$name-$version" ] && return
  need go "it builds $package; see https://go.dev/dl"
  mkdir -p "$BIN"
  scratch
  # GOFLAGS is emptied: a flag of the machine's must not change what a pinned version builds to.
  CGO_ENABLED=0 GOFLAGS='' GOBIN=$SCRATCH go install -trimpath -ldflags='-s -w' "$package@$version"
  # In two steps, for the cache may be on another file system, and a half-copied program is none.
  mv "$SCRATCH/$name" "$BIN/.$name-$version.$$"
  mv "$BIN/.$name-$version.$$" "$BIN/$name-$version"
}

# with_s3 COMMAND...: runs the command with the variables which the interop suites read, or, without
# a command, prints them and serves until it is interrupted. Needs S3_ENDPOINT, S3_BUCKET,
# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; takes further parameters of the store URL in S3_OPTIONS.
with_s3() {
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  # No profile, token or instance role of the machine's may get in between.
  unset AWS_PROFILE AWS_SESSION_TOKEN
  export AWS_EC2_METADATA_DISABLED=true
  local location="s3://$S3_BUCKET/ci?endpoint=$S3_ENDPOINT"
  export CATALOGD_TEST_S3_URL="$location&region=us-east-1&path_style=true${S3_OPTIONS:-}"
  if [ "$#" -gt 0 ]; then
    "$@"
    return
  fi
  printf "export %s='%s'\n" CATALOGD_TEST_S3_URL "$CATALOGD_TEST_S3_URL" \
    AWS_ACCESS_KEY_ID "$AWS_ACCESS_KEY_ID" AWS_SECRET_ACCESS_KEY "$AWS_SECRET_ACCESS_KEY"
  say 'serving until interrupted'
  wait "${SPAWNED[@]}"
}

# s3_script ARGUMENT...: what a script does that has a server: by its functions `install` and `start`, of
# which the latter sets what with_s3 needs.
s3_script() {
  case ${1:-} in
    install) install ;;
    run)
      shift
      [ "$#" -gt 0 ] || die "usage: $0 run COMMAND..."
      start
      with_s3 "$@"
      ;;
    serve)
      start
      with_s3
      ;;
    *) die "usage: $0 install | run COMMAND... | serve" ;;
  esac
}

# create_bucket: makes $S3_BUCKET at $S3_ENDPOINT, waiting until the server is ready to. The header
# is given because curl before 8.0 signs without it, which servers refuse.
create_bucket() {
  local deadline=$((SECONDS + 30)) answer
  until answer=$(curl -sS --max-time 5 --aws-sigv4 aws:amz:us-east-1:s3 \
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -X PUT \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -o /dev/null -w '%{http_code}' "$S3_ENDPOINT/$S3_BUCKET" 2>&1) && [ "$answer" = 200 ]; do
    [ "$SECONDS" -lt "$deadline" ] || die "bucket $S3_BUCKET was not created within 30 s: $answer"
    sleep 0.1
  done
}

STAGE_LIMIT_SECONDS=900
# How much of a failed stage's output the summary shows once more: whoever reads only the end of a long log
# is to see why.
FAILURE_LINES=60
REPORT=()
FAILURES=()
PASSED=0
FAILED=0
RUN_STARTED=$(now)

# stage NAME FUNCTION: runs the function as a process group of its own, under `set -e`, and notes how it
# ended and how long it took. A failure does not end the run: the later stages may tell more.
stage() {
  local name=$1 function=$2 started pid follower status=0 seconds outcome=passed deadline
  local log=$SCRATCH/stage-$1.log
  started=$(now)
  deadline=$((SECONDS + STAGE_LIMIT_SECONDS))
  printf '\n=== %s (at %s s)\n' "$name" "$(seconds_since "$RUN_STARTED")"
  : >"$log"
  # Job control, for this one line, gives the group.
  set -m
  (set -e; "$function") </dev/null >"$log" 2>&1 &
  pid=$!
  set +m
  SPAWNED+=("$pid")
  # Ends by itself once the stage has.
  tail -n +1 -f -s 0.2 --pid="$pid" "$log" &
  follower=$!
  while kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
  if kill -0 "$pid" 2>/dev/null; then
    say "stage $name did not end within $STAGE_LIMIT_SECONDS s"
    stop_group "$pid"
  fi
  wait "$pid" || status=$?
  wait "$follower" || true
  # What it left running in its group goes with it.
  stop_group "$pid"
  unset 'SPAWNED[-1]'
  seconds=$(seconds_since "$started")
  if [ "$status" = 0 ]; then PASSED=$((PASSED + 1)); else
    FAILED=$((FAILED + 1))
    FAILURES+=("$name")
    outcome="FAILED ($status)"
  fi
  printf '=== %s: %s after %s s\n' "$name" "$outcome" "$seconds"
  REPORT+=("$(printf '%-20s %8s s  %s' "$name" "$seconds" "$outcome")")
}

# summary: the end of what each failed stage printed, the table of stages and the closing line; fails if a
# stage did.
summary() {
  local name
  for name in "${FAILURES[@]}"; do
    printf '\n=== %s, its last %s lines\n' "$name" "$FAILURE_LINES"
    tail -n "$FAILURE_LINES" "$SCRATCH/stage-$name.log"
  done
  printf '\n'
  printf '%s\n' "${REPORT[@]}"
  printf '%-20s %8s s\n\n' total "$(seconds_since "$RUN_STARTED")"
  printf '%s passed, %s failed\n' "$PASSED" "$FAILED"
  [ "$FAILED" = 0 ]
}
