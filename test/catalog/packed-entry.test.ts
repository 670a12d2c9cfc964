import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { viewsOf } from '../../src/catalog/entry.ts';
import { entryOf } from '../../src/catalog/entry-of.ts';
import { etagOf } from '../../src/catalog/etag.ts';
import { PACKED_FORMAT, type PackedEntry } from '../../src/catalog/packed-entry.ts';
import { type Slab, SlabAllocator } from '../../src/catalog/slab.ts';
import type { DecodedManifestFile } from '../../src/manifest/manifest.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { writableFile } from '../manifest/arbitrary.ts';
import { GOLDEN, GOLDEN_2, INT64_MAX } from '../manifest/samples.ts';
import fc from '../support/fast-check.ts';

const decoded = fc
  .tuple(writableFile, fc.boolean())
  .map(([file, readOnly]): DecodedManifestFile => ({ ...file, readOnly }));

function expectSame(entry: PackedEntry, file: DecodedManifestFile) {
  const { manifest } = file;
  const etag = etagOf(manifest);
  const views = viewsOf(protobufViews.encode(manifest, etag, file.deletedAt));
  expect(entry.name).toBe(manifest.name);
  expect(entry.datasetId).toBe(manifest.datasetId);
  expect(entry.schemaFingerprint).toBe(manifest.schemaFingerprint);
  expect([entry.createdAt, entry.updatedAt]).toEqual([manifest.createdAt, manifest.updatedAt]);
  expect([entry.version, entry.etag]).toEqual([manifest.version, etag]);
  expect(entry.objectCount).toBe(manifest.objects.length);
  expect(entry.recentWrites).toEqual(file.recentWrites);
  expect([entry.deletedAt, entry.readOnly]).toEqual([file.deletedAt, file.readOnly]);
  expect(Buffer.compare(entry.full, views.full)).toBe(0);
  expect(Buffer.compare(entry.basic, views.basic)).toBe(0);
}

const PINNED = {
  packed: 2,
  views: '1 of 12fbd8c1b5d5dfe3',
  hash: '95cfb52d577cb3ac783d3d501d9fd5df9613e4110ec2497a0369b9b592710610',
};

describe('a packed entry', () => {
  it('is what it was under the same form: or raise PACKED_FORMAT or VIEWS, and pin it anew', () => {
    // An old checkpoint would otherwise bring back what is no longer made.
    const hash = createHash('sha256');
    for (const file of Object.values({ ...GOLDEN, ...GOLDEN_2 })) {
      // The sizes of one do not add up to an int64: it cannot be shown.
      if (file.manifest.objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n) > INT64_MAX)
        continue;
      hash.update(entryOf({ ...file, readOnly: false }, '', protobufViews).packed);
    }
    const pinned = { packed: PACKED_FORMAT, views: protobufViews.format, hash: hash.digest('hex') };
    expect(pinned).toEqual(PINNED);
  });

  it('has every field of the file it was made of, alone or beside others in a slab', () => {
    fc.assert(
      fc.property(
        fc.array(decoded, { minLength: 1, maxLength: 5 }),
        fc.nat(4_000),
        (files, size) => {
          const slabs = new SlabAllocator(size);
          const entries = files.map((file, i) => entryOf(file, `etag-${i}`, protobufViews, slabs));
          for (const [i, entry] of entries.entries()) {
            expect(entry.storeEtag).toBe(`etag-${i}`);
            expectSame(entry, files[i] as DecodedManifestFile);
            expectSame(entry.storedAs('other'), files[i] as DecodedManifestFile);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stands beside others in the index, moves out of a slab that is kept for little, and stays what it was', () => {
    fc.assert(
      fc.property(fc.array(decoded, { minLength: 8, maxLength: 8 }), (files) => {
        const entries = files.map((file) => entryOf(file, '', protobufViews));
        const slabs = new SlabAllocator(1 << 20);
        for (const entry of entries) entry.hold(slabs);
        const [kept] = entries as [PackedEntry];
        const { full } = kept;
        expect(new Set(entries.map((entry) => entry.packed.buffer)).size).toBe(1);
        const [slab] = entries.slice(1).map((entry) => entry.release()) as [Slab];
        expect(slab.isSparse).toBe(true);
        expect(slab.takeHeld()).toEqual(entries);
        const others = new SlabAllocator(1 << 20);
        kept.leave(slab, others);
        expect(kept.packed.buffer).not.toBe(full.buffer);
        expectSame(kept, files[0] as DecodedManifestFile);
        // What was handed out before is not affected.
        expect(Buffer.compare(full, kept.full)).toBe(0);
        kept.leave(slab, others);
        expect(kept.release()).not.toBe(slab);
      }),
      { numRuns: 20 },
    );
  });
});
