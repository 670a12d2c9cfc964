import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCatalogClient } from '../../src/client/client.ts';
import { NotReadyError, startProcess } from '../support/catalogd-process.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { replicasAgree } from './scenarios.ts';

let double: S3Double;
const credentials = { accessKeyId: 'e2e', secretAccessKey: 'e2e-secret' };
const env = { AWS_ACCESS_KEY_ID: 'e2e', AWS_SECRET_ACCESS_KEY: 'e2e-secret' };
beforeAll(async () => {
  double = await startS3Double({ bucket: 'lake', ...credentials });
});
afterAll(() => double.close());
const url = (prefix: string) =>
  `s3://lake/${prefix}?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;

describe('replicas over one bucket', () => {
  it('show each other what they write: at once to strong reads, soon to weak ones', async () => {
    await replicasAgree(url('shared'), env);
    expect([...double.objects.keys()]).toEqual(['shared/_catalog/manifests/race.parquet']);
  });

  it('refuse to run on a store without conditions, except --exclusive, which says what it gives up', async () => {
    double.fault = ({ headers }) =>
      headers['if-match'] || headers['if-none-match']
        ? { status: 501, when: 'before', code: 'NotImplemented' }
        : undefined;
    const refused = await startProcess(url('plain'), env).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NotReadyError);
    expect((refused as NotReadyError).exitCode).toBe(2);
    expect((refused as NotReadyError).stderr).toContain('create-refuses-existing');
    const alone = await startProcess(url('plain'), env, ['--exclusive']);
    const ready = await (await fetch(`http://${alone.address}/readyz`)).text();
    expect(ready).toContain('exclusive');
    expect(alone.stderr()).toContain('exclusive');
    const client = createCatalogClient({ address: alone.address });
    await client.registerManifest({ name: 'a', schemaFingerprint: 'fp' });
    await client.registerManifest({ name: 'a', schemaFingerprint: 'fp' });
    await alone.end('SIGKILL');
    client.close();
    const again = await startProcess(url('plain'), env, ['--exclusive']);
    const next = createCatalogClient({ address: again.address });
    expect((await next.getManifest({ name: 'a' })).manifest?.version).toBe(2n);
    next.close();
    expect(await again.end('SIGTERM')).toBe(0);
    double.fault = () => undefined;
  });
});
