import { create } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { formatTimestamp, microsToTimestamp, timestampToMicros } from '../../src/client/times.ts';

const at = (seconds: bigint, nanos: number) => create(TimestampSchema, { seconds, nanos });

describe('times', () => {
  it.each([
    [at(0n, 0), 0n, '1970-01-01T00:00:00.000000Z'],
    [at(1_795_341_019n, 123_456_000), 1_795_341_019_123_456n, '2026-11-22T09:50:19.123456Z'],
    [at(1n, 1_000), 1_000_001n, '1970-01-01T00:00:01.000001Z'],
    [at(-1n, 999_999_000), -1n, '1969-12-31T23:59:59.999999Z'],
    [at(-2n, 0), -2_000_000n, '1969-12-31T23:59:58.000000Z'],
    [at(253_402_300_799n, 999_999_000), 253_402_300_799_999_999n, '9999-12-31T23:59:59.999999Z'],
  ])('keeps the microseconds of %o', (timestamp, micros, text) => {
    expect(timestampToMicros(timestamp)).toBe(micros);
    expect(microsToTimestamp(micros)).toEqual(timestamp);
    expect(formatTimestamp(timestamp)).toBe(text);
  });

  it('cuts off nanoseconds', () => {
    expect(timestampToMicros(at(0n, 1_999))).toBe(1n);
    expect(formatTimestamp(at(0n, 1_999))).toBe('1970-01-01T00:00:00.000001Z');
  });
});
