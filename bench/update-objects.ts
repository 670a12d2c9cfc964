/**
 * What an update of 1,000 objects costs by the size of the dataset: 100 of them on a dataset of up to
 * 100,000 objects, over gRPC, on the embedded store. Every dataset is listed back and compared with
 * what it must be. `node bench/update-objects.ts [UPDATES]`
 *
 * The baseline of each size is a register of all objects, which is what a caller would have to send
 * without UpdateObjects.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CatalogClient, createCatalogClient } from '../src/client/client.ts';
import { startProcess } from '../test/support/catalogd-process.ts';

const UPDATES = Number(process.argv[2] ?? 100);
const CHANGED = 1_000;
const SIZES = [1_000, 10_000, 100_000];

interface Part {
  readonly key: string;
  readonly sizeBytes: bigint;
  readonly rowCount: bigint;
}

const part = (i: number, generation: number): Part => ({
  key: `s3://lake/events/day=${i % 365}/part-${String(i).padStart(8, '0')}.parquet`,
  sizeBytes: BigInt(1_000_000 + i + generation),
  rowCount: BigInt(generation + 1),
});

/** What the dataset must come to, kept by the simplest means. */
class Expected {
  readonly #parts = new Map<string, Part>();
  #next = 0;

  constructor(size: number) {
    this.put(this.fresh(size, 0));
  }

  fresh(count: number, generation: number): Part[] {
    return Array.from({ length: count }, () => part(this.#next++, generation));
  }

  put(parts: readonly Part[]): void {
    for (const each of parts) this.#parts.set(each.key, each);
  }

  remove(keys: readonly string[]): void {
    for (const key of keys) this.#parts.delete(key);
  }

  get all(): Part[] {
    return [...this.#parts.values()];
  }
}

async function measure(client: CatalogClient, size: number) {
  const name = `bench/objects-${size}`;
  const expected = new Expected(size);
  const dataset = { name, schemaFingerprint: 'fp' };
  const registers: number[] = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    const objects = expected.all;
    await client.registerManifest({ ...dataset, objects, rowCount: BigInt(size) });
    registers.push(performance.now() - began);
  }
  const updates: number[] = [];
  for (let generation = 1; generation <= UPDATES; generation++) {
    // Half of what changes is replaced; as much is removed as is added.
    const now = expected.all;
    const replaced = now.slice(-CHANGED / 2).map((each) => ({ ...each, rowCount: 7n }));
    const removeKeys = now.slice(0, CHANGED / 4).map(({ key }) => key);
    const putObjects = [...replaced, ...expected.fresh(CHANGED / 4, generation)];
    const began = performance.now();
    await client.updateObjects({ ...dataset, putObjects, removeKeys });
    updates.push(performance.now() - began);
    expected.remove(removeKeys);
    expected.put(putObjects);
  }
  await compare(client, name, expected.all);
  return { registers, updates };
}

/** @throws if the dataset is not exactly that, in that order. */
async function compare(client: CatalogClient, name: string, parts: readonly Part[]): Promise<void> {
  let at = 0;
  for await (const object of client.objects({ name, pageSize: 1_000 })) {
    const want = parts[at++];
    const same =
      want?.key === object.key &&
      want.sizeBytes === object.sizeBytes &&
      want.rowCount === object.rowCount;
    if (!same) throw new Error(`${name}: object ${at - 1} is ${object.key}, not ${want?.key}`);
  }
  const { manifest } = await client.getManifest({ name, view: 1 });
  const rows = parts.reduce((sum, { rowCount }) => sum + rowCount, 0n);
  if (at !== parts.length || manifest?.rowCount !== rows) {
    throw new Error(
      `${name}: ${at} objects and ${manifest?.rowCount} rows, not ${parts.length} and ${rows}`,
    );
  }
}

const quantile = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] as number;

const directory = await mkdtemp(join(tmpdir(), 'catalogd-bench-'));
const catalogd = await startProcess(`file:${directory}`);
const client = createCatalogClient({ address: catalogd.address, timeoutMs: 60_000 });
try {
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`);
  console.log('objects   register all, p50   update of 1,000, p50 / p99   update : register');
  for (const size of SIZES) {
    const { registers, updates } = await measure(client, size);
    const [register, update] = [quantile(registers, 0.5), quantile(updates, 0.5)];
    console.log(
      `${String(size).padStart(7)}   ${register.toFixed(0).padStart(13)} ms   ` +
        `${update.toFixed(0).padStart(10)} / ${quantile(updates, 0.99).toFixed(0)} ms`.padEnd(29) +
        `${(update / register).toFixed(2)}`,
    );
  }
  console.log(`${UPDATES} updates of each, all listed back and equal`);
} finally {
  client.close();
  await catalogd.end('SIGTERM');
  await rm(directory, { recursive: true });
}
