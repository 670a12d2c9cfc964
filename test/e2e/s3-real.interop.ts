import { randomUUID } from 'node:crypto';
import { describe, it } from '@jest/globals';
import { replicasAgree, survivesKill } from './scenarios.ts';

const base = process.env.CATALOGD_TEST_S3_URL;
if (base === undefined) {
  throw new Error(
    'set CATALOGD_TEST_S3_URL to the URL of a bucket, as in s3://bucket?endpoint=...',
  );
}

const [path = '', query = ''] = base.split('?');
/** The probe finds out which form of etags the server wants, whatever the URL says. */
const parameters = new URLSearchParams(query);
parameters.delete('if_match');
const url = () => `${path.replace(/\/$/, '')}/${randomUUID()}?${parameters}`;
const { AWS_SECRET_ACCESS_KEY = '' } = process.env;

describe(`the service on a real S3 server, ${new URL(base).host}`, () => {
  it(
    'register, kill -9, start: everything is there',
    () => survivesKill(url(), { AWS_SECRET_ACCESS_KEY }),
    60_000,
  );

  it('three replicas share it', () => replicasAgree(url(), { AWS_SECRET_ACCESS_KEY }), 60_000);
});
