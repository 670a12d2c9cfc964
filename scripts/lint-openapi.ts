/**
 * Lints openapi.yaml against the OpenAPI specification and a set of rules; exits 1 if it finds
 * anything, examples that do not match their schemas among it.
 */
import { fileURLToPath } from 'node:url';
import { createConfig, formatProblems, getTotals, lint } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    // Nothing here needs credentials yet, and each example has to be right.
    'security-defined': 'off',
    'operation-4xx-response': 'error',
    'no-unused-components': 'error',
    'no-invalid-media-type-examples': 'error',
    'no-invalid-parameter-examples': 'error',
    'no-invalid-schema-examples': 'error',
    'path-parameters-defined': 'error',
    'tag-description': 'error',
    // The document is about the service on this machine first.
    'no-server-example.com': 'off',
    'info-license-strict': 'error',
  },
});
const ref = fileURLToPath(new URL('../openapi.yaml', import.meta.url));
const problems = await lint({ ref, config });
const totals = getTotals(problems);
formatProblems(problems, { totals, format: 'codeframe', version: '', color: false });
if (problems.length > 0) process.exitCode = 1;
