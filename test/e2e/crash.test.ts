import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { manifestKey } from '../../src/catalog/name.ts';
import { type CatalogClient, createCatalogClient } from '../../src/client/client.ts';
import { decodeManifest } from '../../src/manifest/decode.ts';
import { randomStream } from '../manifest/mutate.ts';
import { startProcess } from '../support/catalogd-process.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** How often the service is killed. The full count runs at night. */
const KILLS = Number(process.env.CATALOGD_TEST_KILLS ?? 10);
const NAMES = ['a', 'b/c', 'b/d', 'e'];
const WRITERS = 8;

/** A write that was acknowledged. */
interface Acknowledged {
  readonly requestId: string;
  readonly version: bigint;
  readonly rowCount: bigint;
}

/** Writes until the service is gone, and keeps what was acknowledged; counts what was refused. */
async function writeUntilGone(
  client: CatalogClient,
  writer: number,
  acknowledged: Map<string, Acknowledged[]>,
  next: () => bigint,
): Promise<number> {
  let refused = 0;
  for (let i = 0; ; i++) {
    const name = NAMES[(writer + i) % NAMES.length] ?? 'a';
    const rowCount = next();
    const requestId = `w-${rowCount}`;
    // Every fifth has another schema: it must be refused, and never be found.
    const schemaFingerprint = (writer + i) % 5 === 4 ? 'other' : 'fp';
    try {
      const request = { name, schemaFingerprint, rowCount, requestId };
      const { version } = await client.registerManifest(request, { timeoutMs: 5_000 });
      if (schemaFingerprint === 'other') throw new Error('a conflict was accepted');
      acknowledged.get(name)?.push({ requestId, version, rowCount });
    } catch (error) {
      const { reason, code } = error as { reason?: string; code?: string };
      if (reason === 'FINGERPRINT_CONFLICT') refused++;
      else if (code === undefined) throw error;
      else return refused;
    }
  }
}

const folder = tempFolder();

describe('kill -9', () => {
  it(
    `${KILLS} times at random moments during writes: nothing acknowledged is lost, no start refused`,
    async () => {
      const random = randomStream(20_261_122);
      const acknowledged = new Map(NAMES.map((name) => [name, [] as Acknowledged[]]));
      let written = 0n;
      let refused = 0;
      for (let kill = 0; kill <= KILLS; kill++) {
        const catalogd = await startProcess(`file:${folder}`);
        await expectAllThere(folder, acknowledged);
        // A call whose service is gone is not worth repeating: it has been killed.
        const retry = { maxAttempts: 1 };
        const client = createCatalogClient({ address: catalogd.address, retry });
        if (kill < KILLS) {
          const writers = Array.from({ length: WRITERS }, (_, writer) =>
            writeUntilGone(client, writer, acknowledged, () => ++written),
          );
          await firstWrite(acknowledged);
          await sleep(random() * 150);
          expect(await catalogd.end('SIGKILL')).toBe('SIGKILL');
          for (const count of await Promise.all(writers)) refused += count;
        } else {
          expect(await catalogd.end('SIGTERM')).toBe(0);
        }
        client.close();
      }
      const total = [...acknowledged.values()].flat().length;
      // A run in which nothing happened proves nothing.
      expect(total).toBeGreaterThan(KILLS * 3);
      expect(refused).toBeGreaterThan(KILLS / 5);
      console.info(`${KILLS} kills, ${total} writes acknowledged, ${refused} refused`);
    },
    20_000 + KILLS * 5_000,
  );
});

/** Waits until one more write was acknowledged; jest's own limit bounds it. */
async function firstWrite(all: ReadonlyMap<string, readonly Acknowledged[]>): Promise<void> {
  const count = () => [...all.values()].reduce((sum, { length }) => sum + length, 0);
  for (const before = count(); count() === before; ) await sleep(1);
}

/** Holds the files against what was acknowledged. */
async function expectAllThere(folder: string, all: ReadonlyMap<string, readonly Acknowledged[]>) {
  for (const [name, writes] of all) {
    if (writes.length === 0) continue;
    const last = BigInt(Math.max(...writes.map(({ version }) => Number(version))));
    const file = await decodeManifest(readFileSync(join(folder, manifestKey(name))));
    expect(file.manifest.version).toBeGreaterThanOrEqual(last);
    expect(file.manifest.schemaFingerprint).toBe('fp');
    const recent = new Map(file.recentWrites.map((write) => [write.version, write.requestId]));
    for (const { version, requestId, rowCount } of writes) {
      const kept = recent.get(version);
      if (kept !== undefined) expect(kept).toBe(requestId);
      else expect(file.manifest.version - version).toBeGreaterThanOrEqual(64n);
      if (version === file.manifest.version) expect(file.manifest.rowCount).toBe(rowCount);
    }
  }
  // Nothing half-written is left over after a start.
  expect(readdirSync(join(folder, '_catalog/tmp'))).toEqual([]);
}
