import { describe, expect, it } from '@jest/globals';
import { parseTimestamp } from '../../src/json/timestamp.ts';

describe('parseTimestamp', () => {
  it.each([
    ['2026-11-22T09:50:19Z', 1_795_341_019n, 0],
    ['2026-11-22T10:50:19.000001+01:00', 1_795_341_019n, 1_000],
    ['2024-02-29T00:00:00Z', 1_709_164_800n, 0],
    ['0001-01-01T00:00:00Z', -62_135_596_800n, 0],
    ['9999-12-31T23:59:59.999999999Z', 253_402_300_799n, 999_999_999],
  ])('reads %s', (text, seconds, nanos) => {
    expect(parseTimestamp(text)).toMatchObject({ seconds, nanos });
  });

  it.each([
    '',
    'now',
    '2026-11-22',
    '2026-11-22T09:50:19',
    '2026-02-30T00:00:00Z',
    '2026-02-29T12:00:00+02:00',
    '2026-04-31T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T09:50:60Z',
  ])('takes %j for none', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});
