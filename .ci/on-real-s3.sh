#!/usr/bin/env bash
# What runs against each real S3 server: the store suite, the end-to-end suite, and replicas under
# faults.
set -euo pipefail
npm run test:interop
CATALOGD_TEST_SEEDS=5 npm run test:linearizability
