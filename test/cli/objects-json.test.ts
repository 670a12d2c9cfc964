import { describe, expect, it } from '@jest/globals';
import { parseObjects } from '../../src/cli/objects-json.ts';

const parse = (text: string) => parseObjects(text, '--objects o.json');

describe('parseObjects', () => {
  it('reads both names of a field, and int64 as string or number', () => {
    expect(
      parse(`[
        {"key": "a", "size_bytes": 1, "row_count": "9223372036854775807", "etag": "e"},
        {"key": "b", "sizeBytes": "9007199254740993", "rowCount": 0}
      ]`),
    ).toMatchObject([
      { key: 'a', sizeBytes: 1n, rowCount: 9_223_372_036_854_775_807n, etag: 'e' },
      { key: 'b', sizeBytes: 9_007_199_254_740_993n, rowCount: 0n },
    ]);
  });

  it('keeps unset unset, and takes no objects at all', () => {
    const [object] = parse('[{"key": "a", "row_count": null}]');
    expect(object?.rowCount).toBeUndefined();
    expect(object?.etag).toBeUndefined();
    expect(parse(' [ ] ')).toEqual([]);
  });

  it('takes the largest exact number', () => {
    expect(parse('[{"key": "a", "size_bytes": 9007199254740991}]')[0]?.sizeBytes).toBe(
      9_007_199_254_740_991n,
    );
  });

  it.each([
    ['', 'is not JSON'],
    ['[{"key": "a"}', 'is not JSON'],
    ['[], "name": "x"', 'is not JSON'],
    ['{"objects": []}', 'must be an array'],
    ['null', 'must be an array'],
    ['[{"key": "a"}, "b"]', 'objects[1]: "b" is not an object'],
    ['[null]', 'objects[0]: null is not an object'],
    ['[{"key": "a", "size": 1}]', 'objects[0].size: unknown field; known: key, size_bytes'],
    ['[{"key": "a"}, {"key": "b", "Key": 1}]', 'objects[1].Key: unknown field'],
    ['[{"__proto__": 1}]', 'objects[0].__proto__: unknown field'],
    [
      '[{"key": "a", "size_bytes": 9007199254740992}]',
      'objects[0].size_bytes: a number beyond 2^53',
    ],
    [
      '[{"key": "a", "row_count": -9007199254740993}]',
      'objects[0].row_count: a number beyond 2^53',
    ],
    ['[{"key": "a", "size_bytes": 1e30}]', 'write it as a string'],
    ['[{"key": "a", "size_bytes": 1.5}]', '1.5'],
    ['[{"key": "a", "size_bytes": "x"}]', 'size_bytes'],
    ['[{"key": "a", "size_bytes": "9223372036854775808"}]', '9223372036854775808'],
    ['[{"key": 7}]', 'key'],
    ['[{"key": "a", "key": "b"}]', 'key'],
    ['[{"size_bytes": 1, "sizeBytes": 2}]', 'size'],
  ])('refuses %s', (text, expected) => {
    expect(() => parse(text)).toThrow(expected);
    expect(() => parse(text)).toThrow(/^--objects o\.json: /);
  });
});
