#!/usr/bin/env bash
# Ceph RGW from Debian as an S3 server for tests: one node, in memory, on loopback, gone afterwards.
#
#   .ci/s3-ceph.sh install        installs the packages (root), where they are missing
#   .ci/s3-ceph.sh run COMMAND    runs the command against a fresh server
#   .ci/s3-ceph.sh serve          prints the variables to export and serves until interrupted
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PACKAGES=(radosgw ceph-mon ceph-osd)

install() {
  if dpkg-query -W -f '${db:Status-Status}\n' "${PACKAGES[@]}" 2>/dev/null | grep -cx installed |
    grep -qx "${#PACKAGES[@]}"; then return; fi
  need apt-get 'Ceph RGW is installed from Debian'
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -q -o DPkg::Lock::Timeout=300)
  as_root "${apt[@]}" update
  as_root env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends \
    "${PACKAGES[@]}"
}

# The intervals are short because every step below waits for a Paxos round. cephx stays on: without
# it the clients loop. msgr1 is off, so that no daemon takes the well-known port 6789.
configure() {
  local dir=$1 mon_port=$2 rgw_port=$3
  cat >"$dir/ceph.conf" <<CONF
[global]
fsid = $fsid
mon initial members = a
mon host = [v2:127.0.0.1:$mon_port/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
keyring = $dir/keyring
run dir = $dir
admin socket =
pid file =
log file = $dir/\$name.log
mon cluster log file = $dir/cluster.log
crash dir = $dir/crash
auth allow insecure global id reclaim = false
paxos propose interval = 0.05
paxos min wait = 0.02
mon allow pool size one = true
mon osd min down reporters = 1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[mon]
mon data = $dir/mon
[osd]
osd data = $dir/osd
keyring = $dir/osd/keyring
osd objectstore = memstore
memstore device bytes = 2147483648
osd class update on start = false
[client]
rgw frontends = beast endpoint=127.0.0.1:$rgw_port tcp_nodelay=1
rgw data = $dir/rgw
rgw dynamic resharding = false
rgw run sync thread = false
rgw thread pool size = 64
CONF
}

start() {
  need radosgw "run $0 install"
  scratch
  local dir=$SCRATCH fsid secret mon_port rgw_port started
  started=$(now)
  { read -r mon_port; read -r rgw_port; } < <(free_ports 2)
  fsid=$(cat /proc/sys/kernel/random/uuid)
  export CEPH_CONF=$dir/ceph.conf CEPH_ARGS=
  mkdir "$dir/mon" "$dir/osd" "$dir/rgw" "$dir/crash"
  configure "$dir" "$mon_port" "$rgw_port"

  quiet "$dir/out" ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. \
    --cap mon 'allow *'
  quiet "$dir/out" ceph-authtool "$dir/keyring" --gen-key -n client.admin \
    --cap mon 'allow *' --cap osd 'allow *'
  quiet "$dir/out" monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" \
    "$dir/monmap"
  quiet "$dir/out" ceph-mon --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
  spawn "$dir/mon.out" ceph-mon -f -i a
  wait_for_port "$mon_port" 20 $! "$dir/mon.out"

  secret=$(ceph-authtool --gen-print-key)
  printf '{"cephx_secret":"%s"}' "$secret" >"$dir/secret.json"
  quiet "$dir/out" timeout 60 ceph osd new "$fsid" -i "$dir/secret.json"
  printf '[osd.0]\n\tkey = %s\n' "$secret" >"$dir/osd/keyring"
  quiet "$dir/out" ceph-osd -i 0 --no-mon-config --mkfs --osd-uuid "$fsid"
  spawn "$dir/osd.out" ceph-osd -f -i 0

  AWS_ACCESS_KEY_ID=catalogdci AWS_SECRET_ACCESS_KEY=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  quiet "$dir/out" timeout 60 radosgw-admin user create --uid ci --display-name ci \
    --access-key "$AWS_ACCESS_KEY_ID" --secret-key "$AWS_SECRET_ACCESS_KEY"
  spawn "$dir/rgw.out" radosgw -f -n client.admin
  wait_for_port "$rgw_port" 30 $! "$dir/rgw.out"
  S3_ENDPOINT=http://127.0.0.1:$rgw_port S3_BUCKET=catalogd-ci
  # It compares If-Match with the bare etag, and refuses the quoted one.
  S3_OPTIONS='&if_match=bare'
  create_bucket
  say "$(radosgw --version | cut -d' ' -f1-3) ready at $S3_ENDPOINT in $(seconds_since "$started") s"
}

s3_script "$@"
