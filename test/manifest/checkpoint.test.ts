import { describe, expect, it } from '@jest/globals';
import {
  CheckpointFile,
  type CheckpointRow,
  decodeCheckpoint,
  ForeignCheckpointError,
} from '../../src/manifest/checkpoint.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import { CorruptManifestError } from '../../src/manifest/errors.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import fc from '../support/fast-check.ts';
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

/** Reads a copy, for the digest in it is changed. */
async function read(file: Uint8Array, from = origin) {
  const copy = Buffer.from(file);
  const rows = await decodeCheckpoint(copy, from);
  return [...rows].map(({ name, storeEtag, at, length }) => {
    return { name, storeEtag, entry: new Uint8Array(copy.subarray(at, at + length)) };
  });
}

describe('a file of a checkpoint', () => {
  it('gives back the rows, and where in the file their entries are', async () => {
    await fc.assert(
      fc.asyncProperty(groups, async (all) => {
        expect(await read(fileOf(all))).toEqual(all.flat());
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
          await expect(read(changed)).rejects.toThrow(CorruptManifestError);
          await expect(read(good.subarray(0, at))).rejects.toThrow(CorruptManifestError);
          const longer = Buffer.concat([good, new Uint8Array(by)]);
          await expect(read(longer)).rejects.toThrow(CorruptManifestError);
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
    await expect(read(file)).rejects.toThrow(ForeignCheckpointError);
    await expect(read(file)).rejects.toThrow(`another ${what}`);
  });

  it('is not mistaken for a manifest, nor a manifest for it', async () => {
    const manifest = encodeManifest(Object.values(GOLDEN)[0] as ManifestFile);
    await expect(read(manifest)).rejects.toThrow(ForeignCheckpointError);
  });
});
