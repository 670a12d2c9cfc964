#!/usr/bin/env bash
# Installs what the interop stages need beyond npm: pinned, kept in the cache, nothing done twice.
#
#   .ci/tools.sh [ceph | versitygw | grpcurl | conformance | pyarrow | bench]...     all of them by default
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

pyarrow() {
  [ -e "$PYARROW_VENV/complete" ] && return
  need python3 'pyarrow reads the golden files'
  python3 -c 'import ensurepip, venv' 2>/dev/null || {
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends python3-venv
  }
  rm -rf "$PYARROW_VENV"
  python3 -m venv "$PYARROW_VENV"
  "$PYARROW_VENV/bin/pip" install -q --only-binary :all: "pyarrow==$PYARROW_VERSION"
  touch "$PYARROW_VENV/complete"
}

# What the benchmarks run beside catalogd: the load, and the baseline.
bench() {
  command -v h2load >/dev/null && command -v etcd >/dev/null && return
  need apt-get 'h2load and etcd are installed from Debian'
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends nghttp2-client etcd-server
}

[ "$#" -gt 0 ] || set -- ceph versitygw grpcurl conformance pyarrow bench
mkdir -p "$CACHE"
for tool; do
  started=$(now)
  case $tool in
    ceph) "$CI_DIR/s3-ceph.sh" install ;;
    versitygw) "$CI_DIR/s3-second.sh" install ;;
    grpcurl) go_tool grpcurl github.com/fullstorydev/grpcurl/cmd/grpcurl "$GRPCURL_VERSION" ;;
    conformance)
      go_tool connectconformance connectrpc.com/conformance/cmd/connectconformance "$CONFORMANCE_VERSION"
      ;;
    pyarrow) pyarrow ;;
    bench) bench ;;
    *) die "$tool is not known; known: ceph, versitygw, grpcurl, conformance, pyarrow, bench" ;;
  esac
  say "$tool: $(seconds_since "$started") s"
done
