import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { snappyCompress as theirs } from 'hyparquet-writer/src/snappy.js';
import { snappyCompress } from '../../src/manifest/snappy.ts';

/** Bytes of few kinds repeat themselves at all distances and lengths; random ones hardly ever. */
const bytes = fc
  .tuple(fc.constantFrom(1, 2, 4, 256), fc.uint8Array({ maxLength: 300 }), fc.nat(400))
  .map(([kinds, some, times]) => {
    const few = some.map((byte) => byte % kinds);
    return Uint8Array.from({ length: few.length * times }, (_, i) =>
      i % 97 === 0 ? (i >> 5) % kinds : (few[i % few.length] as number),
    );
  });

describe('snappyCompress', () => {
  it('gives the bytes that the Parquet writer would', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), bytes), (input) => {
        expect(Buffer.compare(snappyCompress(input), theirs(input))).toBe(0);
      }),
      { numRuns: 500, seed: 20_261_125 },
    );
  });

  it('gives them for an input that is larger than the memory that is kept', () => {
    const input = Uint8Array.from({ length: 400_000 }, (_, i) => Math.imul(i >> 2, i) >> 7);
    expect(Buffer.compare(snappyCompress(input), theirs(input))).toBe(0);
  });
});
