#!/usr/bin/env bash
# Everything that can be known of deploy/ without a container engine and a cluster: linted, checked against
# schemas, the alarms played, and the bill of materials made. What the files mean to catalogd itself (its
# configuration, policy, metrics) is looked at by test/deploy.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scratch
cd "$ROOT"

"$DEPLOY_VENV/bin/hadolint" --failure-threshold style deploy/Dockerfile
echo 'deploy: hadolint has nothing to say of the Dockerfile'

"$BIN/kustomize-$KUSTOMIZE_VERSION" build deploy/kubernetes >"$SCRATCH/manifests.yaml"
"$DEPLOY_VENV/bin/kubernetes-validate" --strict "$SCRATCH/manifests.yaml"
# A schema that takes anything would be none.
sed 's/replicas: 2/replicas: two/' "$SCRATCH/manifests.yaml" >"$SCRATCH/wrong.yaml"
! "$DEPLOY_VENV/bin/kubernetes-validate" --strict "$SCRATCH/wrong.yaml" >/dev/null 2>&1 ||
  die 'kubernetes-validate accepts what is wrong'

"$BIN/cmd-$COMPOSE_GO_VERSION" deploy/compose/compose.yaml >"$SCRATCH/compose.yaml"
grep -q 'host_ip: 127.0.0.1' "$SCRATCH/compose.yaml" || die 'the compose file publishes beyond loopback'
echo 'deploy: the compose file is one'

"$BIN/promtool" check rules deploy/prometheus/alerts.yaml
"$BIN/promtool" test rules deploy/prometheus/alerts.test.yaml

scripts/sbom.sh >"$SCRATCH/catalogd.cdx.json"
node - "$SCRATCH/catalogd.cdx.json" <<'JS'
const { readFileSync } = require('node:fs');
const { components } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const named = new Set(components.map(({ name, version }) => `${name} ${version}`));
const missing = Object.entries(packages).flatMap(([path, { version, dev }]) => {
  const name = `${path.replace(/.*node_modules\//, '')} ${version}`;
  return path === '' || dev || named.has(name) ? [] : [name];
});
if (missing.length > 0) throw new Error(`not in the bill of materials: ${missing}`);
console.log(`deploy: a bill of materials with ${named.size} packages`);
JS

# The registry does not answer it everywhere, as from CI; then that is said, and nothing else.
if npm audit --omit=dev >"$SCRATCH/audit.log" 2>&1; then
  echo 'deploy: npm audit knows of no vulnerability in what is installed'
elif grep -q 'audit endpoint returned an error' "$SCRATCH/audit.log"; then
  echo 'deploy: npm audit was NOT run: its endpoint does not answer here'
else
  cat "$SCRATCH/audit.log" >&2
  die 'npm audit has something to say'
fi
