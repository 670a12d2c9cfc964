import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll } from '@jest/globals';
import type { SchemaElement } from 'hyparquet';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { describeFiles } from '../../src/dataset/describe.ts';
import { type ParquetFooter, parseFooter } from '../../src/dataset/footer.ts';
import type { FooterParser } from '../../src/dataset/footer-parser.ts';
import { localFile } from '../../src/dataset/local-file.ts';

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

/** Parses in this process: for footers that are known to be harmless. */
export const parseHere: FooterParser = {
  parse: async (footer, expected) => {
    const { schema, ...rest } = parseFooter(footer);
    return rest.schemaFingerprint === expected ? rest : { ...rest, schema };
  },
  close: async () => {},
};

/** What the footer of a local file says. */
export async function readParquetFooter(
  path: string,
  options: { readonly maxFooterBytes?: number; readonly parser?: FooterParser } = {},
): Promise<ParquetFooter & { readonly sizeBytes: bigint }> {
  const described = await describeFiles([localFile(path)], { parser: parseHere, ...options });
  const { rowCount, schema, schemaFingerprint, objects } = described;
  return { rowCount, schema, schemaFingerprint, sizeBytes: objects[0]?.sizeBytes ?? -1n };
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
