#!/bin/sh
# Makes the certificates of the tests, valid until 2126, with OpenSSL 3. Not part of any test run: what
# it made is committed, so that the tests need no OpenSSL.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"; }

# authority NAME
authority() {
  new_key "$work/$1.key"
  openssl req -x509 -key "$work/$1.key" -out "$1.pem" -days 36500 -subj "/CN=catalogd test $1" \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign'
}

# issue NAME AUTHORITY SUBJECT USAGE ALT_NAMES [END]
issue() {
  new_key "$1.key"
  openssl req -new -key "$1.key" -out "$work/$1.csr" -subj "$3"
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n' > "$work/extensions"
  printf 'extendedKeyUsage=%s\nsubjectAltName=%s\n' "$4" "$5" >> "$work/extensions"
  : > "$work/index.txt"
  openssl ca -batch -notext -config ca.cnf -name test -md sha256 -outdir "$work" \
    -cert "$2.pem" -keyfile "$work/$2.key" -in "$work/$1.csr" -out "$1.pem" \
    -extfile "$work/extensions" -startdate 20200101000000Z -enddate "${6:-21260101000000Z}"
}

export CA_INDEX="$work/index.txt"
authority ca
authority other-ca
hosts='DNS:localhost,DNS:catalog.test,IP:127.0.0.1,IP:::1'
issue server ca '/CN=catalog.test' serverAuth "$hosts"
issue renewed ca '/CN=catalog.test renewed' serverAuth "$hosts"
issue expired-server ca '/CN=catalog.test expired' serverAuth "$hosts" 20200201000000Z
issue writer ca '/O=Example/CN=writer' clientAuth \
  'URI:spiffe://catalog.test/writer,DNS:writer.catalog.test,email:writer@catalog.test'
issue expired-writer ca '/O=Example/CN=writer' clientAuth 'DNS:writer.catalog.test' 20200201000000Z
issue stranger other-ca '/O=Example/CN=writer' clientAuth 'DNS:writer.catalog.test'
