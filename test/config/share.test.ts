import { describe, expect, it } from '@jest/globals';
import { share } from '../../src/config/share.ts';

describe('a share', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['0.01', 0.01],
    ['.5', 0.5],
  ])('%s is %d', (text, value) => {
    expect(share().parse(text)).toBe(value);
  });

  it.each(['', '-0.1', '1.01', '1e-3', 'NaN', 'half', '0.', ' 1'])('%j is none', (text) => {
    expect(() => share().parse(text)).toThrow(`${JSON.stringify(text)} is not a number of 0 to 1`);
  });
});
