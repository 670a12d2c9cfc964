import { describe, expect, it } from '@jest/globals';
import { compareUtf8, textProblem } from '../../src/catalog/text.ts';
import fc from '../support/fast-check.ts';

describe('compareUtf8', () => {
  it('orders as the bytes of UTF-8 do', () => {
    const text = fc.string({ unit: 'binary', maxLength: 8 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('puts U+10000 behind U+FF5E, where UTF-16 puts it before', () => {
    const [high, low] = ['\u{10000}', '\uff5e'];
    expect(high < low).toBe(true);
    expect(compareUtf8(high, low)).toBeGreaterThan(0);
  });
});

describe('textProblem', () => {
  it.each([
    ['', 'empty'],
    ['a'.repeat(9), 'at most 8 bytes of UTF-8, not 9'],
    ['ééééé', 'at most 8 bytes of UTF-8, not 10'],
    ['a\ud800', 'valid UTF-8'],
    ['a\ufffd', 'U+FFFD'],
    ['a\u0000', 'U+0000'],
    ['a\u0085', 'U+0085'],
  ])('refuses %j', (text, problem) => {
    expect(textProblem(text, 1, 8)).toContain(problem);
  });

  it('accepts the rest', () => {
    expect(textProblem('ok \u{1f600}', 1, 8)).toBeUndefined();
  });
});
