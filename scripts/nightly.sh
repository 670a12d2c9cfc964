#!/usr/bin/env bash
# The long tests at their full counts: what every commit runs a part of. Takes hours.
#
# CATALOGD_TEST_SEEDS, CATALOGD_TEST_KILLS   other counts than the full ones
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=()
# Each runs whatever became of the one before.
full() {
  printf '\n=== %s\n' "$*"
  "$@" || failed+=("$*")
}

export CATALOGD_TEST_SEEDS=${CATALOGD_TEST_SEEDS:-500} CATALOGD_TEST_KILLS=${CATALOGD_TEST_KILLS:-200}
full npm run -s test:linearizability
full npm run -s test:linearizability mutations
full npm run -s test:linearizability measure
full npm test -- test/e2e/crash

for each in "${failed[@]}"; do printf 'FAILED: %s\n' "$each"; done
[ "${#failed[@]}" = 0 ]
