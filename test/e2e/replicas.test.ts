import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Consistency } from '../../gen/catalogd/v1/catalog_pb.ts';
import { createCatalogClient } from '../../src/client/client.ts';
import { NotReadyError, startProcess } from '../support/catalogd-process.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';

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
    const processes = await Promise.all(
      [1, 2, 3].map(() => startProcess(url('shared'), env, ['--refresh-interval', '200ms'])),
    );
    const clients = processes.map(({ address }) => createCatalogClient({ address }));
    const [one, two, three] = clients;
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        clients[i % 3]?.registerManifest({ name: 'race', schemaFingerprint: 'fp' }),
      ),
    );
    expect(results.filter((r) => r?.existing === false)).toHaveLength(1);
    expect(new Set(results.map((r) => r?.manifest?.datasetId)).size).toBe(1);
    expect(results.map((r) => Number(r?.version)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    await one?.registerManifest({ name: 'race', schemaFingerprint: 'fp', rowCount: 7n });
    const strong = { name: 'race', consistency: Consistency.STRONG };
    expect((await two?.getManifest(strong))?.manifest?.rowCount).toBe(7n);
    expect((await two?.getManifest({ name: 'race', minVersion: 61n }))?.manifest?.version).toBe(
      61n,
    );
    for (let version = 0n; version < 61n; await sleep(20)) {
      version = (await three?.getManifest({ name: 'race' }))?.manifest?.version ?? 0n;
    }
    for (const client of clients) client.close();
    expect(await Promise.all(processes.map((p) => p.end('SIGTERM')))).toEqual([0, 0, 0]);
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
