import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll } from '@jest/globals';
import type { SchemaElement } from 'hyparquet';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';

/** A directory of the suite's own, removed at its end; resolves names within it. */
export function scratchDirectory(): (name: string) => string {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'catalogd-dataset-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  return (name) => join(directory, name);
}

/** Has DuckDB write the rows of a query. */
export async function writeWithDuckDb(path: string, query: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}

/** Has hyparquet-writer write the columns. */
export function writeWithHyparquet(
  path: string,
  columnData: ColumnSource[],
  schema?: SchemaElement[],
): void {
  const options = { columnData, ...(schema && { schema }) };
  writeFileSync(path, new Uint8Array(parquetWriteBuffer(options)));
}

/** A schema of flat columns. */
export function flat(...columns: SchemaElement[]): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns];
}

/** The error which a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('the promise was not rejected');
}
