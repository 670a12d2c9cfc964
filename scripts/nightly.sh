#!/usr/bin/env bash
# The long tests at their full counts: what every commit runs a part of. Takes hours.
#
# CATALOGD_TEST_SEEDS, CATALOGD_TEST_KILLS, CATALOGD_TEST_WATCHERS, CATALOGD_TEST_CHANGES
#   other counts than the full ones
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=()
# Each runs whatever became of the one before.
full() {
  printf '\n=== %s\n' "$*"
  "$@" || failed+=("$*")
}

export CATALOGD_TEST_SEEDS=${CATALOGD_TEST_SEEDS:-500} CATALOGD_TEST_KILLS=${CATALOGD_TEST_KILLS:-200}
export CATALOGD_TEST_WATCHERS=${CATALOGD_TEST_WATCHERS:-100} CATALOGD_TEST_CHANGES=${CATALOGD_TEST_CHANGES:-10000}
# Where `npm test` does not look: each line names the seed, with which the same is seen again.
properties=$(grep -rl --include='*.test.ts' -e support/fast-check -e arbitrary.ts test)
for _ in {1..20}; do
  # shellcheck disable=SC2086 # several words are several files
  full env CATALOGD_TEST_PROPERTY_SEED="$RANDOM" npm test -- $properties
done
full npm run -s test:linearizability
full npm run -s test:linearizability mutations
full npm run -s test:linearizability measure
full npm test -- test/e2e/crash
full npm test -- test/e2e/watch
full npm run -s test:reliability -- fuzz --seconds 300
full npm run -s test:reliability -- fuzz --seconds 300 --base 1
full npm run -s test:reliability -- outage
full npm run -s test:reliability -- overload
full npm run -s test:reliability -- soak

for each in "${failed[@]}"; do printf 'FAILED: %s\n' "$each"; done
[ "${#failed[@]}" = 0 ]
