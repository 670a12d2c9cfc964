import { describe, expect, it } from '@jest/globals';
import { FramePool } from '../../../src/server/lane/frame-pool.ts';
import fc from '../../support/fast-check.ts';

const MIB = 1024 * 1024;

describe('FramePool', () => {
  it('gives no memory to two at once, whatever is given back', () => {
    const length = fc.oneof(fc.nat(100_000), fc.nat(9 * MIB));
    fc.assert(
      fc.property(fc.array(fc.tuple(length, fc.nat()), { maxLength: 20 }), (steps) => {
        const pool = new FramePool();
        const out: Buffer[] = [];
        for (const [bytes, back] of steps) {
          const taken = pool.take(bytes);
          expect(taken).toHaveLength(bytes);
          if (bytes > 64 * 1024)
            expect(out.some(({ buffer }) => buffer === taken.buffer)).toBe(false);
          out.push(taken);
          if (back % 2 === 0)
            for (const frame of out.splice(back % out.length, 1).filter((each) => pool.owns(each)))
              pool.give(frame);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('uses the memory of large ones again, but keeps no more than a few', () => {
    const pool = new FramePool();
    const some = Array.from({ length: 20 }, () => pool.take(3 * MIB));
    for (const frame of some) pool.give(frame);
    const known = new Set(some.map(({ buffer }) => buffer));
    const again = Array.from({ length: 20 }, () => pool.take(4 * MIB));
    expect(again.filter(({ buffer }) => known.has(buffer))).toHaveLength(8);
  });

  it('takes no more memory than twice what is needed', () => {
    const pool = new FramePool();
    fc.assert(
      fc.property(fc.integer({ min: 64 * 1024, max: 5 * MIB }), (length) => {
        const { buffer } = pool.take(length);
        expect(buffer.byteLength).toBeLessThanOrEqual(2 * length);
      }),
    );
  });
});
