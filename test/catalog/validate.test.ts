import { describe, expect, it } from '@jest/globals';
import type { RegisterCall } from '../../src/catalog/call.ts';
import { ErrEmptyFingerprint, ErrEmptyName, ErrInvalidArgument } from '../../src/catalog/errors.ts';
import { checkRegisterCall } from '../../src/catalog/validate.ts';
import { registerCall } from '../support/catalog.ts';

const MAX_INT64 = 2n ** 63n - 1n;
const isReserved = (key: string) => key.startsWith('_catalog/');

function violationsOf(changes: Partial<RegisterCall>) {
  try {
    checkRegisterCall(registerCall(changes), isReserved);
  } catch (error) {
    expect(error).toBeInstanceOf(ErrInvalidArgument);
    return (error as ErrInvalidArgument).violations;
  }
  return [];
}

const object = (key: string, sizeBytes = 1n) => ({ key, sizeBytes });
const labels = (count: number) =>
  new Map(Array.from({ length: count }, (_, i) => [`k${i}`, `v${i}`] as const));

describe('checkRegisterCall', () => {
  it('refuses the empty name, then the empty fingerprint, before anything else (R1)', () => {
    const bad = registerCall({ name: '', schemaFingerprint: '', requestId: '\n' });
    expect(() => checkRegisterCall(bad, isReserved)).toThrow(ErrEmptyName);
    expect(() => checkRegisterCall({ ...bad, name: '//' }, isReserved)).toThrow(
      ErrEmptyFingerprint,
    );
  });

  it('accepts everything at its bounds', () => {
    expect(
      violationsOf({
        schemaFingerprint: 'f'.repeat(256),
        objects: [
          { key: 'k'.repeat(1024), sizeBytes: MAX_INT64, etag: 'e'.repeat(256), rowCount: 0n },
          { key: 'K'.repeat(1024), sizeBytes: 0n },
        ],
        rowCount: MAX_INT64,
        labels: new Map([...labels(63), ['l'.repeat(63), 'v'.repeat(256)]]),
        requestId: '~'.repeat(64),
        expectedEtag: 'e'.repeat(64),
      }),
    ).toEqual([]);
  });

  it.each<[Partial<RegisterCall>, string, string]>([
    [{ schemaFingerprint: 'f'.repeat(257) }, 'schema_fingerprint', '256 bytes'],
    [{ objects: [object('')] }, 'objects[0].key', 'empty'],
    [{ objects: [object('a'), object('k'.repeat(1025))] }, 'objects[1].key', '1024 bytes'],
    [{ objects: [object('a'), object('b'), object('a')] }, 'objects[2].key', 'objects[0]'],
    [{ objects: [object('a', -1n)] }, 'objects[0].size_bytes', '-1'],
    [{ objects: [object('a', MAX_INT64), object('b')] }, 'objects', 'sum'],
    [{ objects: [{ ...object('a'), etag: '' }] }, 'objects[0].etag', 'empty'],
    [{ objects: [{ ...object('a'), rowCount: -5n }] }, 'objects[0].row_count', '-5'],
    [{ objects: [object('_catalog/manifests/x.parquet')] }, 'objects[0].key', '_catalog/'],
    [{ rowCount: -1n }, 'row_count', '-1'],
    [{ labels: labels(65) }, 'labels', '64'],
    [{ labels: new Map([['', 'v']]) }, 'labels.entries[""]', 'key must not be empty'],
    [{ labels: new Map([['k', 'v'.repeat(257)]]) }, 'labels.entries["k"]', 'value'],
    [{ requestId: 'r'.repeat(65) }, 'request_id', '64'],
    [{ requestId: 'é' }, 'request_id', 'ASCII'],
    [{ expectedEtag: 'e'.repeat(65) }, 'expected_etag', '64 bytes'],
  ])('refuses %j at %s', (changes, field, text) => {
    const [violation] = violationsOf(changes);
    expect(violation?.field).toBe(field);
    expect(violation?.description).toContain(text);
  });

  it('refuses one object more than 100,000 and points at table formats', () => {
    const objects = Array.from({ length: 100_001 }, (_, i) => object(`k${i}`));
    expect(violationsOf({ objects: objects.slice(1) })).toEqual([]);
    expect(violationsOf({ objects })[0]?.description).toContain('Iceberg');
  });

  it('names every field at fault, but no more than 16', () => {
    const objects = Array.from({ length: 50 }, (_, i) => object(`k${i}`, -1n));
    expect(violationsOf({ objects, rowCount: -1n })).toHaveLength(16);
    const long = Array.from({ length: 50 }, (_, i) => object(`${'\u0001'.repeat(900)}${i}`));
    const shown = violationsOf({ objects: long });
    expect(shown.length).toBeGreaterThan(0);
    expect(JSON.stringify(shown).length).toBeLessThan(8_000);
    expect(violationsOf({ rowCount: -1n, requestId: '\t' })).toHaveLength(2);
  });
});
