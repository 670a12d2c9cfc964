import { expect, it } from '@jest/globals';
import type { CanonicalLogicalType, PhysicalType } from '../../src/schema/schema-node.ts';
import { type Widening, wideningOf } from '../../src/schema/widening.ts';
import { group, leaf } from './nodes.ts';

type Type = readonly [PhysicalType, CanonicalLogicalType?];

const MICROS: CanonicalLogicalType = ['TIMESTAMP', true, 'MICROS'];
const OPPOSITE: Record<Widening, Widening> = {
  same: 'same',
  other: 'other',
  wider: 'narrower',
  narrower: 'wider',
};

it.each<[Widening, Type, Type]>([
  ['same', ['INT32'], ['INT32']],
  ['wider', ['INT32'], ['INT64']],
  ['wider', ['FLOAT'], ['DOUBLE']],
  ['wider', ['INT32', ['INTEGER', 8, true]], ['INT32', ['INTEGER', 16, true]]],
  ['wider', ['INT32', ['INTEGER', 16, true]], ['INT32']],
  ['wider', ['INT32', ['INTEGER', 16, true]], ['INT64']],
  ['wider', ['INT32', ['INTEGER', 32, false]], ['INT64', ['INTEGER', 64, false]]],
  ['wider', ['INT32', ['DECIMAL', 2, 9]], ['INT32', ['DECIMAL', 2, 10]]],
  ['wider', ['INT32', ['DECIMAL', 2, 9]], ['FIXED_LEN_BYTE_ARRAY', ['DECIMAL', 2, 38]]],
  ['same', ['INT32', ['DECIMAL', 2, 9]], ['FIXED_LEN_BYTE_ARRAY', ['DECIMAL', 2, 9]]],
  ['wider', ['BYTE_ARRAY', ['STRING']], ['BYTE_ARRAY']],
  ['other', ['INT32', ['DECIMAL', 2, 9]], ['INT32', ['DECIMAL', 1, 9]]],
  ['other', ['INT32', ['DECIMAL', 0, 9]], ['INT32']],
  ['other', ['INT32'], ['DOUBLE']],
  ['other', ['INT32'], ['FLOAT']],
  ['other', ['INT64'], ['INT96']],
  ['other', ['INT32', ['INTEGER', 8, false]], ['INT32', ['INTEGER', 16, true]]],
  ['other', ['INT32', ['INTEGER', 32, false]], ['INT64']],
  ['other', ['INT64', ['INTEGER', 8, true]], ['INT64']],
  ['other', ['FIXED_LEN_BYTE_ARRAY', ['FLOAT16']], ['FLOAT']],
  ['other', ['INT32', ['DATE']], ['INT64', MICROS]],
  ['other', ['INT64', ['TIMESTAMP', true, 'MILLIS']], ['INT64', MICROS]],
  ['other', ['INT64', ['TIMESTAMP', false, 'MICROS']], ['INT64', MICROS]],
  ['other', ['INT64'], ['INT64', MICROS]],
  ['other', ['INT32', ['DATE']], ['INT32']],
  ['other', ['BYTE_ARRAY', ['JSON']], ['BYTE_ARRAY', ['STRING']]],
  ['other', ['BYTE_ARRAY', ['ENUM']], ['BYTE_ARRAY']],
  ['other', ['FIXED_LEN_BYTE_ARRAY'], ['BYTE_ARRAY']],
  ['other', ['INT32', ['STRING']], ['BYTE_ARRAY']],
])('%s: %j to %j', (expected, [fromType, fromLogical], [toType, toLogical]) => {
  const from = leaf('a', 'OPTIONAL', fromType, fromLogical ?? null);
  const to = leaf('a', 'REQUIRED', toType, toLogical ?? null);
  expect(wideningOf(from, to)).toBe(expected);
  expect(wideningOf(to, from)).toBe(OPPOSITE[expected]);
});

it('does not look into groups', () => {
  const number = leaf('a', 'OPTIONAL', 'INT32', ['DECIMAL', 2, 9]);
  expect(wideningOf(group('a', [number], ['DECIMAL', 2, 9]), number)).toBe('other');
  expect(wideningOf(group('a', [number]), group('a', []))).toBe('same');
});
