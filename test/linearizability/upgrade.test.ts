import { beforeEach, describe, expect, it } from '@jest/globals';
import { ErrUpgradeRequired } from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { craft } from '../manifest/craft.ts';
import { openRegistry, patient, registerCall, storedFile } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';

const name = 'sales/orders';
const STRONG = { strong: true, minVersion: 0n, showDeleted: false };

let store: Store;
/** Replicas of this version, beside a newer one whose files are crafted. */
let replicas: readonly Registry[];

beforeEach(async () => {
  store = createMemoryStore();
  replicas = await Promise.all(
    ['a', 'b'].map((id) => {
      const runtime = new FakeRuntime();
      let ids = 0;
      runtime.uuid = () => `${id}-${ids++}`;
      return openRegistry({ store, runtime, shared: true });
    }),
  );
});

/** Replaces the manifest by what a newer catalogd makes of it: the next version, and a column of its own. */
async function writeNewer(): Promise<Uint8Array> {
  const object = await store.get(manifestKey(name));
  const file = await storedFile(store, name);
  if (object === undefined || file === undefined) throw new Error('nothing is registered');
  const { manifest, recentWrites } = file;
  const version = manifest.version + 1n;
  const write = { requestId: '', method: 'NewMethod', existing: true, callHash: '' };
  const body = craft({
    row: {
      dataset_id: manifest.datasetId,
      name,
      schema_fingerprint: manifest.schemaFingerprint,
      objects: [],
      created_at: manifest.createdAt,
      updated_at: manifest.updatedAt + 1n,
      row_count: 42n,
      version,
      write_id: 'newer',
      recent_writes: [...recentWrites, { ...write, version, writeId: 'newer' }].map((each) => ({
        version: each.version,
        write_id: each.writeId,
        request_id: each.requestId,
        method: each.method,
        existing: each.existing,
        call_hash: each.callHash,
      })),
      labels: [],
      min_writer: 2,
      retention_days: 30,
    },
    more: [{ name: 'retention_days', type: 'INT32', repetition_type: 'OPTIONAL' }],
  });
  await store.put(manifestKey(name), body, { kind: 'replace', etag: object.etag });
  return body;
}

const stored = async () => (await store.get(manifestKey(name)))?.body;

describe('beside a newer catalogd, in a rolling upgrade', () => {
  it('a replica does not rewrite what the newer one wrote, wherever its index stands', async () => {
    const [fresh, stale] = replicas as [Registry, Registry];
    await fresh.register(registerCall(), patient);
    await stale.get(name, patient);
    const newer = await writeNewer();
    await fresh.refresh();
    for (const replica of [fresh, stale]) {
      const refused = replica.register(registerCall({ rowCount: 7n }), patient);
      await expect(refused).rejects.toThrow(ErrUpgradeRequired);
      expect(await stored()).toEqual(newer);
    }
  });

  it('reads go on, strong ones and weak ones after a refresh', async () => {
    const [one, other] = replicas as [Registry, Registry];
    await one.register(registerCall(), patient);
    await writeNewer();
    expect((await other.get(name, patient, STRONG)).version).toBe(2n);
    await one.refresh();
    expect(await one.get(name, patient)).toMatchObject({ version: 2n, readOnly: true });
  });

  it('registers under way on both replicas end before it or are refused, and nothing is lost', async () => {
    await replicas[0]?.register(registerCall(), patient);
    let refused = 0;
    const registers = replicas.flatMap((replica, r) =>
      Array.from({ length: 20 }, async (_, i) => {
        for (let turn = 0; turn < (i % 5) + r; turn++) await new Promise(setImmediate);
        const call = registerCall({ rowCount: BigInt(i), requestId: `${r}-${i}` });
        return replica.register(call, patient).catch((error: unknown) => {
          if (!(error instanceof ErrUpgradeRequired)) throw error;
          refused++;
          return undefined;
        });
      }),
    );
    let newer: Uint8Array | undefined;
    while (newer === undefined) {
      await new Promise(setImmediate);
      newer = await writeNewer().catch(() => undefined);
    }
    const written = (await Promise.all(registers)).filter((result) => result !== undefined);
    expect(refused).toBeGreaterThan(0);
    expect(written.length).toBeGreaterThan(0);
    expect(await stored()).toEqual(newer);
    const recorded = (await storedFile(store, name))?.recentWrites ?? [];
    expect(recorded.at(-1)?.writeId).toBe('newer');
    for (const { version } of written) {
      expect(recorded.some((write) => write.version === version)).toBe(true);
    }
  });
});
