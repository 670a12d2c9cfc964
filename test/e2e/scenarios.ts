import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Consistency, type Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import { createCatalogClient } from '../../src/client/client.ts';
import { startProcess } from '../support/catalogd-process.ts';

/** Names that are hard on keys, paths and listings. */
export const NAMES = ['sales/orders', 'größe', '\u{1f600}', 'a b+c&d=%', 'a', 'a/b'];

type Env = Readonly<Record<string, string>>;

/** Everything that a service lists. */
export async function everything(address: string): Promise<Manifest[]> {
  const client = createCatalogClient({ address });
  const { manifests } = await client.listManifests({});
  client.close();
  return manifests;
}

/** Registers a dataset under each of {@link NAMES}, and returns what is listed then. */
export async function fill(address: string): Promise<Manifest[]> {
  const client = createCatalogClient({ address });
  for (const name of NAMES) {
    await client.registerManifest({
      name,
      schemaFingerprint: 'fp',
      objects: [{ key: 's3://lake/x.parquet', sizeBytes: 2n ** 60n, rowCount: 0n }],
      labels: { entries: { k: 'v' } },
    });
  }
  client.close();
  return everything(address);
}

/** Register, kill -9, start: everything is there, as it was. */
export async function survivesKill(store: string, env: Env): Promise<void> {
  const first = await startProcess(store, env);
  const before = await fill(first.address);
  expect(before).toHaveLength(NAMES.length);
  expect(await first.end('SIGKILL')).toBe('SIGKILL');
  const second = await startProcess(store, env);
  expect(await everything(second.address)).toEqual(before);
  expect(await second.end('SIGTERM')).toBe(0);
  for (const secret of Object.values(env)) {
    expect(first.stderr() + second.stderr()).not.toContain(secret);
  }
}

/** Three replicas: one name, many callers; what one writes the others show. */
export async function replicasAgree(store: string, env: Env): Promise<void> {
  const processes = await Promise.all(
    [1, 2, 3].map(() => startProcess(store, env, ['--refresh-interval', '200ms'])),
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
  const atLeast = { name: 'race', minVersion: 61n };
  expect((await two?.getManifest(atLeast))?.manifest?.version).toBe(61n);
  // A weak read gets there too; jest's own limit bounds the wait.
  for (let version = 0n; version < 61n; await sleep(20)) {
    version = (await three?.getManifest({ name: 'race' }))?.manifest?.version ?? 0n;
  }
  for (const client of clients) client.close();
  expect(await Promise.all(processes.map((p) => p.end('SIGTERM')))).toEqual([0, 0, 0]);
}
