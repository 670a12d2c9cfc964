import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeFiles } from '../../src/dataset/describe.ts';
import { firstDifference, relaxedFingerprint } from '../../src/dataset/fingerprint.ts';
import { localFile } from '../../src/dataset/local-file.ts';
import {
  parseHere,
  readParquetFooter,
  rejection,
  scratchDirectory,
  writeWithDuckDb,
  writeWithHyparquet,
} from './support.ts';

const scratch = scratchDirectory();
/** Written by fixtures/write.py. */
const pyarrow = (name: string): string =>
  join(import.meta.dirname, `fixtures/pyarrow-${name}.parquet`);
const query = `SELECT 1::INTEGER AS id, 2::BIGINT AS big, 0.5::DOUBLE AS ratio, true AS flag, 'x' AS name`;

function writeSame(path: string, nullable: boolean): void {
  writeWithHyparquet(path, [
    { name: 'id', data: [1], type: 'INT32', nullable },
    { name: 'big', data: [2n], type: 'INT64', nullable },
    { name: 'ratio', data: [0.5], type: 'DOUBLE', nullable },
    { name: 'flag', data: [true], type: 'BOOLEAN', nullable },
    { name: 'name', data: ['x'], type: 'STRING', nullable },
  ]);
}

describe('two writers of one logical schema', () => {
  it('DuckDB and hyparquet-writer have one fingerprint', async () => {
    await writeWithDuckDb(scratch('duckdb'), query);
    writeSame(scratch('writer'), true);
    const [a, b] = [
      await readParquetFooter(scratch('duckdb')),
      await readParquetFooter(scratch('writer')),
    ];
    // Proof that the equality is not for free: DuckDB annotates integers, the other does not.
    expect(a.schema).not.toEqual(b.schema);
    expect(b.schemaFingerprint).toBe(a.schemaFingerprint);
  });

  it('are explained where one says REQUIRED', async () => {
    await writeWithDuckDb(scratch('optional'), query);
    writeSame(scratch('required'), false);
    const [a, b] = [
      await readParquetFooter(scratch('optional')),
      await readParquetFooter(scratch('required')),
    ];
    expect(b.schemaFingerprint).not.toBe(a.schemaFingerprint);
    expect(relaxedFingerprint(b.schema)).toBe(relaxedFingerprint(a.schema));
    expect(firstDifference(a.schema, b.schema)).toBe(
      'column "id" is REQUIRED INT32, expected OPTIONAL INT32',
    );
  });

  it('are explained where times differ: local for DuckDB, UTC for hyparquet-writer', async () => {
    await writeWithDuckDb(scratch('local'), `SELECT TIMESTAMP_MS '2020-01-01' AS at`);
    writeWithHyparquet(scratch('utc'), [{ name: 'at', data: [new Date(0)], type: 'TIMESTAMP' }]);
    const [a, b] = [
      await readParquetFooter(scratch('local')),
      await readParquetFooter(scratch('utc')),
    ];
    expect(firstDifference(a.schema, b.schema)).toBe(
      'column "at" is OPTIONAL INT64 TIMESTAMP(MILLIS, UTC), expected OPTIONAL INT64 TIMESTAMP(MILLIS, local)',
    );
  });

  it('agree with the file which DuckDB writes of the data of another writer', async () => {
    writeSame(scratch('source'), true);
    await writeWithDuckDb(scratch('copy'), `FROM read_parquet('${scratch('source')}')`);
    const [a, b] = [
      await readParquetFooter(scratch('source')),
      await readParquetFooter(scratch('copy')),
    ];
    expect(b.schemaFingerprint).toBe(a.schemaFingerprint);
    expect(b.rowCount).toBe(a.rowCount);
  });
});

describe('three writers of one logical schema', () => {
  it('DuckDB, hyparquet-writer and pyarrow have one fingerprint: they make one dataset', async () => {
    await writeWithDuckDb(scratch('by-duckdb'), query);
    writeSame(scratch('by-writer'), true);
    const files = [scratch('by-duckdb'), scratch('by-writer'), pyarrow('optional')];
    const dataset = await describeFiles(files.map(localFile), { parser: parseHere });
    expect(dataset.rowCount).toBe(3n);
    expect(dataset.schemaFingerprint).toBe(
      'parquet-v1:fd3cb27d3e9c98193951e22c2a8453690a13fec77b0bec171a161d9e8a773a28',
    );
  });

  it('have one fingerprint for lists and structs too', async () => {
    await writeWithDuckDb(
      scratch('nested'),
      `SELECT ['a', 'b'] AS tags, {'x': 1::INTEGER, 'y': 'z'} AS s`,
    );
    const [a, b] = [
      await readParquetFooter(scratch('nested')),
      await readParquetFooter(pyarrow('list')),
    ];
    expect(firstDifference(a.schema, b.schema)).toBeUndefined();
    expect(b.schemaFingerprint).toBe(a.schemaFingerprint);
  });

  it.each([
    [
      'nullability',
      query,
      'required',
      'column "id" is REQUIRED INT32, expected OPTIONAL INT32; the two differ only in which columns are REQUIRED or OPTIONAL',
    ],
    [
      'the storage of decimals',
      'SELECT 1.5::DECIMAL(9, 2) AS price',
      'decimal',
      'column "price" is OPTIONAL FIXED_LEN_BYTE_ARRAY(4) DECIMAL(precision 9, scale 2), expected OPTIONAL INT32 DECIMAL(precision 9, scale 2)',
    ],
  ])('are explained where %s differs', async (_what, sql, name, message) => {
    await writeWithDuckDb(scratch(name), sql);
    const files = [scratch(name), pyarrow(name)].map(localFile);
    const error = await rejection(describeFiles(files, { parser: parseHere }));
    expect(error.message).toBe(
      `${pyarrow(name)}: has another schema than ${scratch(name)}: ${message}`,
    );
  });
});
