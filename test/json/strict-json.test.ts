import { describe, expect, it } from '@jest/globals';
import { ManifestSchema } from '../../gen/catalogd/v1/catalog_pb.ts';
import { RegisterManifestRequestSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { parseStrictJson, StrictJsonError } from '../../src/json/strict-json.ts';

const parse = (text: string) => parseStrictJson(RegisterManifestRequestSchema, text);

describe('parseStrictJson', () => {
  it('reads both names of a field, int64 as string or number, and null as not given', () => {
    const message = parse(`{
      "schema_fingerprint": "fp", "rowCount": "9223372036854775807", "labels": null,
      "objects": [{"key": "a", "sizeBytes": 9007199254740991, "row_count": "-0"}]
    }`);
    expect(message).toMatchObject({ schemaFingerprint: 'fp', rowCount: 2n ** 63n - 1n });
    expect(message.objects).toMatchObject([{ key: 'a', sizeBytes: 2n ** 53n - 1n, rowCount: 0n }]);
    expect(message.labels).toBeUndefined();
  });

  it('leaves the well-known types to the parser', () => {
    const { createdAt } = parseStrictJson(ManifestSchema, '{"createdAt": "2026-11-22T09:00:00Z"}');
    expect(createdAt?.seconds).toBe(1_795_338_000n);
    expect(() => parseStrictJson(ManifestSchema, '{"createdAt": {"seconds": 1}}')).toThrow(
      StrictJsonError,
    );
  });

  it.each([
    ['{"row_count": 9007199254740992}', 'row_count', 'may lose digits'],
    ['{"row_count": -9007199254740993}', 'row_count', 'may lose digits'],
    ['{"row_count": "-9223372036854775809"}', 'row_count', 'does not fit'],
    ['{"row_count": "1e3"}', 'row_count', 'is not an integer'],
    ['{"objects": [{"rowCount": true}]}', 'objects[0].row_count', 'true is not an integer'],
    ['{"objects": "x"}', 'objects', '"x" is not an array'],
    ['{"labels": {"entries": [1]}}', 'labels.entries', 'an array is not an object'],
    ['{"labels": {"entries": {"a\\"b": null}}}', 'labels.entries["a\\"b"]', 'null is not a string'],
    ['{"rowCount": 1, "row_count": 1}', '', 'row_count'],
    [`{"objects": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'objects[0]', 'an array is not'],
    [`{"requestId": ${'9'.repeat(400)}}`, 'request_id', 'is not a string'],
    [`{"${'x'.repeat(10)}": 1}`, 'xxxxxxxxxx', 'unknown field'],
    [`{"${'x'.repeat(1_000)}": 1}`, `${'x'.repeat(100)}...`, 'unknown field'],
    [
      `{"labels": {"entries": {"${'k'.repeat(1_000)}": 1}}}`,
      `labels.entries["${'k'.repeat(99)}...]`,
      '1 is not a string',
    ],
  ])('refuses %.60s', (text, field, description) => {
    let thrown: unknown;
    try {
      parse(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(StrictJsonError);
    expect((thrown as StrictJsonError).field).toBe(field);
    expect((thrown as StrictJsonError).description).toContain(description);
    expect((thrown as StrictJsonError).message.length).toBeLessThan(500);
  });
});
