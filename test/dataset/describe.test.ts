import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { type DescribeOptions, describeFiles } from '../../src/dataset/describe.ts';
import { localFile } from '../../src/dataset/local-file.ts';
import { createParserPool } from '../../src/dataset/parser-pool.ts';
import { fingerprintOfText } from '../../src/schema/canonical.ts';
import { rowGroup, schema, writeFooterTo } from './craft.ts';
import {
  parseHere,
  readParquetFooter,
  rejection,
  scratchDirectory,
  writeWithHyparquet,
} from './support.ts';

const scratch = scratchDirectory();

const describePaths = (paths: string[], options: Partial<DescribeOptions> = {}) =>
  describeFiles(paths.map(localFile), { parser: parseHere, ...options });

function part(name: string, rows: number): string {
  const data = Array.from({ length: rows }, (_, i) => i);
  writeWithHyparquet(scratch(name), [{ name: 'id', data, type: 'INT32', nullable: false }]);
  return scratch(name);
}

function otherSchema(name: string, nullable: boolean): string {
  const type = nullable ? 'INT32' : 'DOUBLE';
  writeWithHyparquet(scratch(name), [{ name: 'id', data: [1], type, nullable }]);
  return scratch(name);
}

describe('describeFiles', () => {
  it.each([1, 3, 100])('keeps the order given, %d at once', async (concurrency) => {
    const paths = Array.from({ length: 20 }, (_, i) => part(`${(i * 7) % 20}.parquet`, i + 1));
    const dataset = await describePaths(paths, { concurrency });
    expect(dataset.objects.map(({ uri }) => fileURLToPath(uri))).toEqual(paths);
    expect(dataset.objects.map(({ rowCount }) => Number(rowCount))).toEqual(
      paths.map((_, i) => i + 1),
    );
    expect(dataset.objects.map(({ sizeBytes }) => Number(sizeBytes))).toEqual(
      paths.map((path) => readFileSync(path).length),
    );
    expect(dataset.rowCount).toBe(210n);
    expect(dataset.bytesRead).toBe(Number(dataset.objects.reduce((n, o) => n + o.sizeBytes, 0n)));
    const first = await readParquetFooter(paths[0] as string);
    expect(dataset.schemaFingerprint).toBe(first.schemaFingerprint);
    expect(dataset.schema).toEqual(first.schema);
  });

  it('counts the rows of all files, as far as they can be counted', async () => {
    const file = (name: string, rows: bigint) =>
      writeFooterTo(scratch(name), { field_2: schema, field_4: [rowGroup(rows)] });
    const [half, rest, more] = [
      file('half', 2n ** 62n),
      file('rest', 2n ** 62n - 1n),
      file('1', 1n),
    ];
    expect((await describePaths([half, rest])).rowCount).toBe(2n ** 63n - 1n);
    const error = await rejection(describePaths([half, rest, more]));
    expect(error).toMatchObject({ name: 'DatasetFileError', path: more });
    expect(error.message).toContain('with which the dataset has 9223372036854775808');
  });

  it('hands out the schema of which the fingerprint is, also from another process', async () => {
    const paths = [part('first.parquet', 1), part('second.parquet', 2)];
    const parser = createParserPool({ size: 1 });
    try {
      const { canonicalSchema, schemaFingerprint } = await describePaths(paths, { parser });
      expect(canonicalSchema).toBe('[["id","REQUIRED","INT32",null,null]]');
      expect(fingerprintOfText(canonicalSchema)).toBe(schemaFingerprint);
    } finally {
      await parser.close();
    }
  });

  it('makes absolute URIs, percent-encoded', async () => {
    const path = part('50% of #1? \u00fc[x]\\\n.parquet', 1);
    const [object] = (await describePaths([relative(process.cwd(), path)])).objects;
    expect(object?.uri).toMatch(/\/50%25%20of%20%231%3F%20%C3%BC(\[x\]|%5Bx%5D)%5C%0A\.parquet$/);
    expect(object?.uri).toMatch(/^file:\/\/\/[!-~]+$/);
    expect(fileURLToPath(object?.uri ?? '')).toBe(path);
  });

  it('keeps the name of a symbolic link', async () => {
    const target = part('target.parquet', 1);
    symlinkSync(target, scratch('link.parquet'));
    const { objects } = await describePaths([target, scratch('link.parquet')]);
    expect(objects[1]?.uri).toMatch(/link\.parquet$/);
  });

  it('refuses no file', async () => {
    expect((await rejection(describePaths([]))).message).toContain('at least one');
  });

  it('refuses another schema, naming the file and the column', async () => {
    const path = part('a.parquet', 1);
    const other = otherSchema('double.parquet', false);
    expect((await rejection(describePaths([path, other]))).message).toBe(
      `${other}: has another schema than ${path}: column "id" is REQUIRED DOUBLE, expected REQUIRED INT32`,
    );
  });

  it('says so when only REQUIRED and OPTIONAL differ', async () => {
    const path = part('a.parquet', 1);
    const error = await rejection(describePaths([path, otherSchema('nullable.parquet', true)]));
    expect(error.message).toMatch(/expected REQUIRED INT32; the two differ only in which columns/);
  });

  it.each([1, 4, 100])('names the first file at fault, %d at once', async (concurrency) => {
    const paths = Array.from({ length: 30 }, (_, i) => part(`p${i}.parquet`, 1));
    for (const i of [5, 6, 20]) writeFileSync(paths[i] as string, i === 5 ? 'x'.repeat(100) : '');
    const error = await rejection(describePaths(paths, { concurrency }));
    expect(error.message).toMatch(/p5\.parquet: is not a Parquet file/);
  });

  it('says how far it is after each file, and not after the end', async () => {
    const paths = Array.from({ length: 5 }, (_, i) => part(`q${i}.parquet`, 1));
    const seen: number[] = [];
    let ended = false;
    await describePaths(paths, {
      onProgress: ({ files, bytesRead }) => {
        expect([ended, bytesRead > 0]).toEqual([false, true]);
        seen.push(files);
      },
    });
    ended = true;
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('closes every file, also after a failure', async () => {
    const open: string[] = [];
    const watched = (path: string) => {
      const file = localFile(path);
      return {
        ...file,
        open: async () => {
          const opened = await file.open();
          open.push(path);
          return {
            ...opened,
            close: async () => {
              open.splice(open.indexOf(path), 1);
              await opened.close();
            },
          };
        },
      };
    };
    writeFileSync(scratch('bad.parquet'), 'no parquet, no');
    const files = [part('w.parquet', 1), part('v.parquet', 1), scratch('bad.parquet')].map(watched);
    await rejection(describeFiles(files, { parser: parseHere }));
    expect(open).toEqual([]);
  });
});
