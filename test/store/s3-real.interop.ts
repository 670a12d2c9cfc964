import { randomUUID } from 'node:crypto';
import { openS3Store } from '../../src/store/s3.ts';
import { describeStoreContract } from './conformance.ts';

/**
 * The store contract on a real S3 server: `CATALOGD_TEST_S3_URL` is the URL of a bucket, perhaps
 * with a prefix; credentials come from the environment. Each run works below a prefix of its own
 * and leaves it behind, so give it a bucket that will be thrown away.
 */
const base = process.env.CATALOGD_TEST_S3_URL;
if (base === undefined) {
  throw new Error(
    'set CATALOGD_TEST_S3_URL to the URL of a bucket, as in s3://bucket?endpoint=...',
  );
}

describeStoreContract(
  `s3 at ${new URL(base).host}`,
  () => {
    const [path = '', query = ''] = base.split('?');
    return openS3Store(`${path.replace(/\/$/, '')}/${randomUUID()}?${query}`);
  },
  { timeoutMs: 120_000 },
);
