/**
 * Readers of other make agree with the twins of the golden files. A list or an unset value reads the
 * same everywhere only if its levels are written by the book.
 */
import { join } from 'node:path';
import {
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
} from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StructRowProxy, type Table, tableFromIPC, type Vector } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { GOLDEN_DIR, readGolden } from './golden.ts';

const golden = readGolden();

describe('DuckDB', () => {
  const all = `read_parquet('${GOLDEN_DIR}/**/*.parquet', union_by_name = true)`;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(':memory:')).connect();
  });
  afterAll(() => connection.closeSync());

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjects().map((row) => plain(row) as Record<string, unknown>);
  }

  it.each(golden)('reads $path as its twin says', async ({ file, twin }) => {
    expect(await query(`SELECT * FROM read_parquet('${file}')`)).toEqual([withoutBom(twin)]);
  });

  it('sees labels as a MAP and times as TIMESTAMP WITH TIME ZONE', async () => {
    const columns = await query(`DESCRIBE SELECT * FROM ${all}`);
    const types = Object.fromEntries(columns.map((c) => [c.column_name, c.column_type]));
    expect(types).toMatchObject({
      labels: 'MAP(VARCHAR, VARCHAR)',
      created_at: 'TIMESTAMP WITH TIME ZONE',
      row_count: 'BIGINT',
      objects: 'STRUCT("key" VARCHAR, size_bytes BIGINT, etag VARCHAR, row_count BIGINT)[]',
    });
    const gold = await query(`SELECT name FROM ${all} WHERE labels['tier'] = 'gold'`);
    expect(gold).toEqual([{ name: 'sales/orders' }]);
  });

  it('queries the whole catalog at once', async () => {
    const live = golden.filter(({ twin }) => twin.deleted_at === null);
    const rows = await query(
      `SELECT name, row_count FROM ${all} WHERE deleted_at IS NULL ORDER BY filename`,
    );
    const expected = live.map(({ twin }) => ({ name: twin.name, row_count: twin.row_count }));
    expect(live.length).toBeLessThan(golden.length);
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  });

  it.each(['v1/**', 'v2/**', '**'])(
    'needs no option to query columns that all files of %s have',
    async (files) => {
      for (const order of ['ASC', 'DESC']) {
        const list = `(SELECT list(file ORDER BY file ${order}) FROM glob('${GOLDEN_DIR}/${files}/*.parquet'))`;
        await query(`SET VARIABLE files = ${list}`);
        const rows = await query(
          `SELECT name FROM read_parquet(getvariable('files')) WHERE deleted_at IS NULL`,
        );
        expect(rows.length).toBeGreaterThan(1);
      }
    },
  );

  it('unnests the objects', async () => {
    const rows = await query(
      `SELECT filename, unnest(objects, recursive := true) FROM read_parquet('${GOLDEN_DIR}/**/*.parquet', filename = true, union_by_name = true)`,
    );
    for (const { file, twin } of golden) {
      const objects = rows.filter(({ filename }) => filename === file);
      expect(objects.map(({ filename, ...object }) => object)).toEqual(withoutBom(twin.objects));
    }
  });

  it('keeps a leading byte order mark', async () => {
    const file = join(GOLDEN_DIR, 'v1/unicode.parquet');
    const rows = await query(
      `SELECT hex(encode(schema_fingerprint)) AS hex FROM read_parquet('${file}')`,
    );
    expect(rows).toEqual([{ hex: hexOf('\uFEFFbom first') }]);
  });

  it('shows the seal in the footer', async () => {
    const file = join(GOLDEN_DIR, 'v1/minimal.parquet');
    const rows = await query(
      `SELECT decode(value) AS seal FROM parquet_kv_metadata('${file}') WHERE decode(key) = 'catalogd.sha256'`,
    );
    expect(rows).toEqual([{ seal: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });
});

describe('parquet-wasm (the Rust implementation)', () => {
  it.each(golden)('reads $path as its twin says', ({ bytes, twin }) => {
    const table = tableFromIPC(readParquet(new Uint8Array(bytes)).intoIPCStream());
    expect(arrowRow(table)).toEqual(withoutBom(twin));
  });

  it('keeps a leading byte order mark', () => {
    const bytes = golden.find(({ path }) => path === 'v1/unicode')?.bytes ?? new Uint8Array();
    const table = tableFromIPC(readParquet(new Uint8Array(bytes)).intoIPCStream());
    const data = table.getChild('schema_fingerprint')?.data[0];
    expect(Buffer.from(data?.values).toString()).toBe('\uFEFFbom first');
  });
});

/**
 * The JavaScript bindings of both strip a byte order mark from the front of a string when they hand
 * it over; that the bytes are right is tested apart.
 */
function withoutBom(twin: unknown): unknown {
  const strip = (_: string, value: unknown) =>
    typeof value === 'string' ? value.replace(/^\uFEFF/, '') : value;
  return JSON.parse(JSON.stringify(twin), strip);
}

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase();
}

/** DuckDB's values in the manner of the twins. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof DuckDBTimestampTZValue) return String(value.micros);
  if (value instanceof DuckDBListValue) return value.items.map(plain);
  if (value instanceof DuckDBMapValue) return value.entries.map(plain);
  if (value instanceof DuckDBStructValue) return plain(value.entries);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
  }
  return value;
}

/** The one row of an Arrow table in the manner of the twins. */
function arrowRow(table: Table): Record<string, unknown> {
  expect(table.numRows).toBe(1);
  return Object.fromEntries(
    table.schema.fields.map(({ name }) => [name, arrowCell(name, table.getChild(name) as Vector)]),
  );
}

function arrowCell(name: string, vector: Vector): unknown {
  const value: unknown = vector.get(0);
  // arrow's getter would turn microseconds into a double of milliseconds.
  if (name.endsWith('_at')) return value === null ? null : String(vector.data[0]?.values[0]);
  if (name === 'labels') {
    const entries = [...(value as Iterable<[string, string]>)];
    return entries.map(([key, label]) => ({ key, value: label }));
  }
  if (name === 'objects' || name === 'recent_writes') {
    return [...(value as Iterable<StructRowProxy>)].map((row) => plain(row.toJSON()));
  }
  if (name === 'former_fingerprints' && value !== null) {
    const times = (value as Vector).getChild('replaced_at')?.data[0]?.values;
    return [...(value as Iterable<StructRowProxy>)].map((row, i) => ({
      ...(plain({ ...row.toJSON(), replaced_at: null }) as object),
      replaced_at: String(times[i]),
    }));
  }
  return plain(value);
}
