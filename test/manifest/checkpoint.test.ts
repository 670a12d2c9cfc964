import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  CheckpointFile,
  type CheckpointRow,
  decodeCheckpoint,
  ForeignCheckpointError,
} from '../../src/manifest/checkpoint.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import { CorruptManifestError } from '../../src/manifest/errors.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { GOLDEN } from './samples.ts';

const origin = { format: 'entry 1', store: 's3://lake/prod' };

const row = fc.record({
  name: fc.string({ unit: 'grapheme' }),
  storeEtag: fc.string({ unit: 'grapheme' }),
  entry: fc.uint8Array({ maxLength: 300 }),
});
const groups = fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), {
  minLength: 1,
  maxLength: 4,
});

function fileOf(all: readonly (readonly CheckpointRow[])[], from = origin): Uint8Array {
  const file = new CheckpointFile(from);
  for (const rows of all) file.add(rows);
  return file.finish();
}

const plain = (all: readonly (readonly CheckpointRow[])[]) =>
  all.map((rows) => rows.map((each) => ({ ...each, entry: [...each.entry] })));

describe('a file of a checkpoint', () => {
  it('gives back the rows, by group, with the entries of a group in one buffer', async () => {
    await fc.assert(
      fc.asyncProperty(groups, async (all) => {
        const read = await decodeCheckpoint(fileOf(all), origin);
        expect(plain(read)).toEqual(plain(all));
        for (const rows of read) {
          const full = rows.filter(({ entry }) => entry.length > 0);
          expect(new Set(full.map(({ entry }) => entry.buffer)).size).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is refused with any byte changed, cut, or added', async () => {
    const good = fileOf([[{ name: 'a', storeEtag: 'e', entry: new Uint8Array(50) }]]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const changed = good.slice();
          changed[at] = (changed[at] as number) ^ by;
          await expect(decodeCheckpoint(changed, origin)).rejects.toThrow(CorruptManifestError);
          await expect(decodeCheckpoint(good.subarray(0, at), origin)).rejects.toThrow(
            CorruptManifestError,
          );
          const longer = Buffer.concat([good, new Uint8Array(by)]);
          await expect(decodeCheckpoint(longer, origin)).rejects.toThrow(CorruptManifestError);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['form', { ...origin, format: 'entry 2' }],
    ['store', { ...origin, store: 's3://lake/test' }],
  ])('of another %s is refused', async (what, other) => {
    const file = fileOf([[{ name: 'a', storeEtag: 'e', entry: new Uint8Array(1) }]], other);
    const read = decodeCheckpoint(file, origin);
    await expect(read).rejects.toThrow(ForeignCheckpointError);
    await expect(read).rejects.toThrow(`another ${what}`);
  });

  it('is not mistaken for a manifest, nor a manifest for it', async () => {
    const read = decodeCheckpoint(encodeManifest(Object.values(GOLDEN)[0] as ManifestFile), origin);
    await expect(read).rejects.toThrow(ForeignCheckpointError);
  });
});
