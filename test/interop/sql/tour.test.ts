/**
 * docs/sql.md as it stands: its commands and statements run in order, in a folder with a service and the
 * data, and each table on the page is what the statement above it gives.
 */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tableOf } from '../../../demo/table.ts';
import { type CatalogdProcess, ENTRY, startProcess } from '../../support/catalogd-process.ts';
import { allBlocks } from '../fenced-blocks.mjs';

const FLIGHTS = '../../../node_modules/vega-datasets/data/flights-3m.parquet';
const page = readFileSync(new URL('../../../docs/sql.md', import.meta.url), 'utf8');

/** A step of the page, with the table that follows it, if one does. */
const steps = allBlocks(page).flatMap(({ info, code }, i, blocks) => {
  if (info !== 'sql' && info !== 'sh') return [];
  const next = blocks[i + 1];
  return [
    {
      title: `${info}: ${code.split('\n')[0]}`,
      info,
      code,
      shown: next?.info === 'text' ? next.code : undefined,
    },
  ];
});

describe('docs/sql.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'catalogd-sql-'));
  const before = process.cwd();
  let service: CatalogdProcess;
  let duckdb: DuckDBConnection;

  beforeAll(async () => {
    copyFileSync(
      fileURLToPath(new URL(FLIGHTS, import.meta.url)),
      join(folder, 'flights-3m.parquet'),
    );
    // The command as it is called once the package is installed.
    const command = join(folder, 'catalogd');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${ENTRY}' "$@"\n`);
    chmodSync(command, 0o755);
    service = await startProcess(`file:${folder}/catalogd-data`);
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    // DuckDB resolves the page's relative paths against the folder of the process.
    process.chdir(folder);
  });
  afterAll(async () => {
    process.chdir(before);
    duckdb.closeSync();
    await service.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  async function shell(code: string): Promise<void> {
    const PATH = `${folder}:${process.env.PATH}`;
    await promisify(execFile)('sh', ['-eu', '-c', code], {
      cwd: folder,
      env: { ...process.env, PATH, CATALOGD_ADDRESS: service.address },
      timeout: 20_000,
    });
  }

  it('has statements, commands and tables', () => {
    expect(steps.filter(({ info }) => info === 'sql').length).toBeGreaterThan(5);
    expect(steps.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(5);
  });

  it.each(steps)('$title', async ({ info, code, shown }) => {
    if (info === 'sh') {
      await shell(code);
      return;
    }
    const reader = await duckdb.runAndReadAll(code);
    if (shown !== undefined) expect(`${tableOf(reader)}\n`).toBe(shown);
  });
});
