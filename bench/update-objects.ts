import { type CatalogClient, createCatalogClient } from '../src/client/client.ts';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { startCatalogd } from './support/datasets.ts';
import { median, quantile } from './support/statistics.ts';

const CHANGED = 1_000;

export const bench: Bench = {
  name: 'update-objects',
  measures: `UpdateObjects of ${CHANGED} objects by the size of the dataset, on the file store. Every dataset is listed back and compared with what it must be.`,
  baseline:
    'a register of all objects, which is what a caller would have to send without UpdateObjects.',
  run,
};

async function run({ quick, scratch, progress }: BenchContext): Promise<Row[]> {
  const { address } = await startCatalogd(`file:${scratch}`);
  const client = createCatalogClient({ address, timeoutMs: 60_000 });
  const rows: Row[] = [];
  try {
    for (const size of quick ? [2_000] : [1_000, 10_000, 100_000]) {
      const name = `${size.toLocaleString('en')} objects`;
      progress(name);
      const { registers, updates } = await measure(client, size, quick ? 3 : 100);
      const against = 'register of all, p50';
      const baseline = median(registers);
      const figures = { case: name, against, baseline };
      rows.push(
        row({ ...figures, unit: 'p50, ms', value: median(updates) }),
        row({ ...figures, unit: 'p99, ms', value: quantile(updates, 0.99) }),
      );
    }
  } finally {
    client.close();
  }
  return rows;
}

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

async function measure(client: CatalogClient, size: number, count: number) {
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
  for (let generation = 1; generation <= count; generation++) {
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
