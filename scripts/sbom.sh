#!/usr/bin/env bash
# Prints the software bill of materials of an installation: CycloneDX, by npm, made from package-lock.json.
#
#   scripts/sbom.sh > catalogd.cdx.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# npm calls the whole by the name of its folder.
mkdir "$scratch/catalogd"
# `npm sbom --omit=dev` leaves out what a development dependency needs too, such as @grpc/grpc-js. So it
# gets to see no development dependencies in the first place.
node - "$scratch/catalogd" <<'JS'
const { readFileSync, writeFileSync } = require('node:fs');
for (const file of ['package.json', 'package-lock.json']) {
  const content = JSON.parse(readFileSync(file, 'utf8'));
  const { packages = {} } = content;
  for (const [path, { dev }] of Object.entries(packages)) {
    if (dev) delete packages[path];
  }
  delete content.devDependencies;
  delete packages['']?.devDependencies;
  writeFileSync(`${process.argv[2]}/${file}`, JSON.stringify(content));
}
JS
cd "$scratch/catalogd"
npm sbom --package-lock-only --sbom-format=cyclonedx --sbom-type=application
