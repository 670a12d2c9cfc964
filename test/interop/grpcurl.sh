#!/usr/bin/env bash
# Drives a live catalogd with grpcurl, which knows nothing of it but what reflection tells: a foreign
# gRPC implementation (grpc-go), without our .proto files.
#
#   test/interop/grpcurl.sh [HOST:PORT]
#
# Without an address it starts a service of its own, in memory. `grpcurl` and Node 22.18 or newer must
# be on the path.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../.ci/lib.sh"
need grpcurl 'go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest'
scratch

address=${1:-}
if [ -z "$address" ]; then
  spawn "$SCRATCH/serve.log" node "$ROOT/src/cli/main.ts" serve --store memory: --listen 127.0.0.1:0
  server=$!
  for ((i = 0; i < 300; i++)); do
    address=$(sed -nE 's/.* listens on ([^ ]+).*/\1/p' "$SCRATCH/serve.log")
    if [ -n "$address" ] && grep -q 'is ready' "$SCRATCH/serve.log"; then break; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$address" ] || { cat "$SCRATCH/serve.log" >&2; die 'the service did not start within 30 s'; }
fi

service=catalogd.v1.CatalogService
run_id=$(node -p 'crypto.randomUUID()')
prefix=interop-$run_id
passed=0

# is WHAT ACTUAL EXPECTED
is() {
  [ "$2" = "$3" ] || die "$1: expected '$3', got '$2'"
  passed=$((passed + 1))
}

# has WHAT TEXT PART
has() {
  case $2 in *"$3"*) passed=$((passed + 1)) ;; *) die "$1: '$3' is not in: $2" ;; esac
}

# of JSON EXPRESSION: the value of a JavaScript expression over the document d.
of() {
  node -e 'const d = JSON.parse(process.argv[1]); const v = eval(process.argv[2]);
    console.log(typeof v === "string" ? v : JSON.stringify(v) ?? "unset");' "$1" "$2"
}

# call METHOD JSON [FLAGS...]: the answer, zero values included.
call() {
  local method=$1 body=$2
  shift 2
  grpcurl -plaintext -max-time 20 -emit-defaults "$@" -d "$body" "$address" "$service/$method"
}

# refused METHOD JSON: the google.rpc.Status as JSON; the exit code is 64 and the gRPC code.
refused() {
  local status=0 answer
  answer=$(call "$1" "$2" -format-error 2>&1) || status=$?
  [ "$status" -gt 64 ] || die "$1 $2 was to be refused, but ended with $status: $answer"
  printf '%s' "$answer"
}

services=$(grpcurl -plaintext -max-time 20 "$address" list)
for each in "$service" grpc.health.v1.Health grpc.reflection.v1.ServerReflection \
  grpc.reflection.v1alpha.ServerReflection; do
  has 'list of services' "$services" "$each"
done
is 'methods' "$(grpcurl -plaintext "$address" list "$service" | sed 's/.*\.//' | tr '\n' ' ')" \
  'BatchGetManifests DeleteManifest EvolveSchema GetManifest ListManifests ListObjects PurgeManifest RegisterManifest UndeleteManifest UpdateObjects WatchManifests '
has 'describe service' "$(grpcurl -plaintext "$address" describe "$service")" \
  'rpc RegisterManifest ( .catalogd.v1.RegisterManifestRequest )'
has 'describe message' "$(grpcurl -plaintext "$address" describe catalogd.v1.Manifest)" \
  'optional int64 row_count = 7'
for detail in ErrorInfo BadRequest PreconditionFailure ResourceInfo RetryInfo QuotaFailure; do
  has "describe $detail" "$(grpcurl -plaintext "$address" describe "google.rpc.$detail")" 'message'
done
is 'health' "$(of "$(grpcurl -plaintext "$address" grpc.health.v1.Health/Check)" d.status)" SERVING

# int64 past 2^53 is where a JavaScript number would silently round.
big=9007199254740993
body=$(printf '{"name":"%s/a","schema_fingerprint":"fp-1","objects":[{"key":"s3://b/1","size_bytes":"%s"},{"key":"s3://b/2","size_bytes":"0","etag":"e","row_count":"0"}],"row_count":"0","labels":{"entries":{"team":"x"}},"request_id":"%s"}' \
  "$prefix" "$big" "$run_id")
answer=$(call RegisterManifest "$body")
is 'created' "$(of "$answer" '[d.existing, d.replayed, d.version, d.manifest.version]')" \
  '[false,false,"1","1"]'
is 'int64' "$(of "$answer" 'd.manifest.objects[0].sizeBytes')" $big
is 'row count 0 is not unset' "$(of "$answer" '[d.manifest.rowCount, d.manifest.objects[1].rowCount]')" \
  '["0","0"]'
answer=$(call RegisterManifest "$body")
is 'replayed' "$(of "$answer" '[d.existing, d.replayed, d.version]')" '[false,true,"1"]'
answer=$(call RegisterManifest "{\"name\":\"$prefix/a\",\"schema_fingerprint\":\"fp-1\"}")
is 'existing' "$(of "$answer" '[d.existing, d.version, d.manifest.objectCount, d.manifest.labels.team]')" \
  '[true,"2","0","x"]'
is 'row count unset' "$(of "$answer" 'd.manifest.rowCount')" "$(of '{}' d.x)"

answer=$(refused RegisterManifest "{\"name\":\"$prefix/a\",\"schema_fingerprint\":\"fp-2\"}")
is 'conflict' "$(of "$answer" d.code)" 9
info='d.details.find((each) => each["@type"].endsWith("/google.rpc.ErrorInfo"))'
is 'conflict reason' "$(of "$answer" "$info.reason + ' ' + $info.domain")" 'FINGERPRINT_CONFLICT catalogd'
has 'conflict names both' "$(of "$answer" "Object.values($info.metadata).sort()")" '"fp-1","fp-2"'
has 'conflict details' "$(of "$answer" 'd.details.map((each) => each["@type"])')" \
  'type.googleapis.com/google.rpc.PreconditionFailure'
text=$(call RegisterManifest "{\"name\":\"$prefix/a\",\"schema_fingerprint\":\"fp-2\"}" 2>&1) || true
has 'conflict as text, details resolved by reflection' "$text" '"reason": "FINGERPRINT_CONFLICT"'

answer=$(refused RegisterManifest '{"name":"","schema_fingerprint":""}')
is 'no name' "$(of "$answer" d.code)" 3
violations='d.details.find((each) => each["@type"].endsWith("/google.rpc.BadRequest")).fieldViolations'
has 'violations' "$(of "$answer" "$violations.map((each) => each.field)")" '"name"'
answer=$(refused GetManifest "{\"name\":\"$prefix/none\"}")
is 'not found' "$(of "$answer" "d.code + ' ' + $info.reason")" '5 MANIFEST_NOT_FOUND'

is 'get' "$(of "$(call GetManifest "{\"name\":\"$prefix/a\"}")" '[d.manifest.name, d.manifest.objectsOmitted]')" \
  "[\"$prefix/a\",false]"

for name in c b 'é' a-b; do
  call RegisterManifest "{\"name\":\"$prefix/$name\",\"schema_fingerprint\":\"fp\"}" >/dev/null
done
token='' names='' pages=0
while :; do
  page=$(call ListManifests \
    "{\"page_size\":2,\"prefix\":\"$prefix/\",\"view\":\"MANIFEST_VIEW_BASIC\",\"page_token\":\"$token\"}")
  names+=$(of "$page" 'd.manifests.map((each) => each.name.split("/")[1] + " ").join("")')
  pages=$((pages + 1))
  token=$(of "$page" d.nextPageToken)
  [ -n "$token" ] && [ "$pages" -lt 10 ] || break
done
is 'list, in byte order' "$names in $pages pages" 'a a-b b c é  in 3 pages'
page=$(call ListManifests "{\"page_size\":2,\"prefix\":\"$prefix/\"}")
token=$(of "$page" d.nextPageToken)
answer=$(refused ListManifests "{\"page_size\":2,\"prefix\":\"other\",\"page_token\":\"$token\"}")
is 'a token is bound to its arguments' "$(of "$answer" d.code)" 3

call RegisterManifest "{\"name\":\"$prefix/o\",\"schema_fingerprint\":\"fp\",\"objects\":[{\"key\":\"z\"},{\"key\":\"y\"},{\"key\":\"x\"}]}" >/dev/null
page=$(call ListObjects "{\"name\":\"$prefix/o\",\"page_size\":2}")
is 'objects keep their order' "$(of "$page" '[d.objects.map((each) => each.key), d.version]')" '[["z","y"],"1"]'
token=$(of "$page" d.nextPageToken)
page=$(call ListObjects "{\"name\":\"$prefix/o\",\"page_size\":2,\"page_token\":\"$token\"}")
is 'last page' "$(of "$page" '[d.objects.map((each) => each.key), d.nextPageToken]')" '[["x"],""]'
answer=$(call BatchGetManifests "{\"names\":[\"$prefix/o\",\"$prefix/none\"],\"view\":\"MANIFEST_VIEW_BASIC\"}")
is 'batch' "$(of "$answer" '[d.manifests[0].objectsOmitted, d.missingNames.length]')" '[true,1]'


# The rest of a dataset's life.
a="{\"name\":\"$prefix/o\"}"
answer=$(call UpdateObjects "{\"name\":\"$prefix/o\",\"schema_fingerprint\":\"fp\",\"remove_keys\":[\"x\"],\"put_objects\":[{\"key\":\"new\"}]}")
is 'updated' "$(of "$answer" '[d.version, d.manifest.objectsOmitted]')" '["2",true]'
answer=$(refused UpdateObjects "{\"name\":\"$prefix/o\",\"schema_fingerprint\":\"fp\",\"remove_keys\":[\"x\"]}")
is 'unknown key' "$(of "$answer" "[d.code, $info.reason]")" '[5,"OBJECT_NOT_FOUND"]'
answer=$(call EvolveSchema "{\"name\":\"$prefix/o\",\"from_fingerprint\":\"fp\",\"to_fingerprint\":\"fp-2\"}")
is 'evolved' "$(of "$answer" '[d.version, d.manifest.formerFingerprints[0].schemaFingerprint]')" '["3","fp"]'
is 'deleted' "$(of "$(call DeleteManifest "$a")" d.version)" 4
is 'gone' "$(of "$(refused GetManifest "$a")" d.code)" 5
is 'undeleted' "$(of "$(call UndeleteManifest "$a")" d.version)" 5
is 'not deleted' "$(of "$(refused PurgeManifest "$a")" "[d.code, $info.reason]")" '[9,"NOT_DELETED"]'
call DeleteManifest "$a" >/dev/null
is 'purged' "$(of "$(call PurgeManifest "$a")" d.version)" 7
is 'nothing to undelete' "$(of "$(refused UndeleteManifest "$a")" d.code)" 5
watched=$(call WatchManifests "{\"prefix\":\"$prefix/\"}" -max-time 2 2>/dev/null) || true
has 'watch: the state' "$watched" "\"name\": \"$prefix/a\""
has 'watch: synced' "$watched" '"synced"'

echo "grpcurl: $passed checks passed on $address"
