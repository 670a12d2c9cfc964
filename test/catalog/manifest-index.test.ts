import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../../src/catalog/entry.ts';
import { ManifestIndex } from '../../src/catalog/manifest-index.ts';
import { packEntry } from '../../src/catalog/packed-entry.ts';
import { SlabAllocator } from '../../src/catalog/slab.ts';
import fc from '../support/fast-check.ts';

/** An entry of so many bytes, more or less, which say what it is. */
function entryOf(name: string, version: number, bytes: number, slabs?: SlabAllocator): Entry {
  const text = Buffer.from(`${name} ${version} `.repeat(Math.ceil(bytes / 10)));
  const fields = {
    name,
    datasetId: '',
    schemaFingerprint: 'fp',
    createdAt: 0n,
    updatedAt: 0n,
    version: BigInt(version),
    etag: `${version}`,
    objectCount: 0,
    recentWrites: [],
    deletedAt: undefined,
    readOnly: false,
    views: { bytes: text, fullFrom: 0, basicTo: text.length },
    storeEtag: '',
  };
  return packEntry(fields, slabs);
}

describe('ManifestIndex', () => {
  it('keeps little more memory than its entries need, however they are written, and each as it is', () => {
    const write = fc.record({
      // Some names are written again and again, others once.
      name: fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(500).map(String)),
      bytes: fc.oneof(fc.integer({ min: 10, max: 2_000 }), fc.integer({ min: 10, max: 100_000 })),
      times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 50 })),
      gone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 60 }), (writes) => {
        const index = new ManifestIndex();
        const model = new Map<string, Buffer>();
        for (const { name, bytes, times, gone } of writes) {
          for (let i = 0; i < times; i++) {
            const before = index.get(name);
            const entry = entryOf(name, Number(before?.version ?? 0n) + 1, bytes);
            model.set(name, Buffer.from(entry.full));
            index.observe(name, entry, before);
          }
          if (!gone) continue;
          index.observe(name, undefined, index.get(name));
          model.delete(name);
        }
        const entries = [...index.scan('', undefined)];
        expect(new Map(entries.map(({ name, full }) => [name, Buffer.from(full)]))).toEqual(model);
        const slabs = new Set(entries.map(({ packed }) => packed.buffer));
        const kept = [...slabs].reduce((sum, { byteLength }) => sum + byteLength, 0);
        const needed = entries.reduce((sum, { packed }) => sum + packed.byteLength, 0);
        expect(kept).toBeLessThanOrEqual(2 * needed + 256 * 1024);
      }),
      { numRuns: 20 },
    );
  });

  it('does not keep memory for what is loaded beside much that is not', () => {
    const slabs = new SlabAllocator(1 << 20);
    const all = Array.from({ length: 100 }, (_, i) => entryOf(`n${i}`, 1, 5_000, slabs));
    const some = all.filter((_, i) => i % 10 === 0);
    const index = new ManifestIndex();
    const before = some.map(({ full }) => Buffer.from(full));
    index.load(new Map(some.map((entry) => [entry.name, entry])));
    expect(some.map(({ full }) => Buffer.from(full))).toEqual(before);
    const kept = new Set([...index.scan('', undefined)].map(({ packed }) => packed.buffer));
    expect([...kept].map(({ byteLength }) => byteLength)).toEqual([256 * 1024]);
  });
});
