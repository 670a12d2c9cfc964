import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { describeFiles } from '../../src/dataset/describe.ts';
import { DatasetFileError } from '../../src/dataset/errors.ts';
import { readParquetFooter } from '../../src/dataset/footer.ts';
import { rejection, scratchDirectory, writeWithHyparquet } from './support.ts';

const scratch = scratchDirectory();

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
    const dataset = await describeFiles(paths, { concurrency });
    expect(dataset.objects.map(({ uri }) => fileURLToPath(uri))).toEqual(paths);
    expect(dataset.objects.map(({ rowCount }) => Number(rowCount))).toEqual(
      paths.map((_, i) => i + 1),
    );
    expect(dataset.objects.map(({ sizeBytes }) => Number(sizeBytes))).toEqual(
      paths.map((path) => readFileSync(path).length),
    );
    expect(dataset.rowCount).toBe(210n);
    const first = await readParquetFooter(paths[0] as string);
    expect(dataset.schemaFingerprint).toBe(first.schemaFingerprint);
    expect(dataset.schema).toEqual(first.schema);
  });

  it('makes absolute URIs, percent-encoded', async () => {
    const path = part('50% of #1? \u00fc[x]\\\n.parquet', 1);
    const [object] = (await describeFiles([relative(process.cwd(), path)])).objects;
    expect(object?.uri).toMatch(/\/50%25%20of%20%231%3F%20%C3%BC(\[x\]|%5Bx%5D)%5C%0A\.parquet$/);
    expect(object?.uri).toMatch(/^file:\/\/\/[!-~]+$/);
    expect(fileURLToPath(object?.uri ?? '')).toBe(path);
  });

  it('keeps the name of a symbolic link', async () => {
    const target = part('target.parquet', 1);
    symlinkSync(target, scratch('link.parquet'));
    const { objects } = await describeFiles([target, scratch('link.parquet')]);
    expect(objects[1]?.uri).toMatch(/link\.parquet$/);
  });

  it('refuses no file', async () => {
    expect((await rejection(describeFiles([]))).message).toContain('at least one');
  });

  it('refuses a file given twice, however it is spelt', async () => {
    const path = part('twice.parquet', 1);
    const spelt = relative(process.cwd(), path);
    const error = await rejection(describeFiles([path, spelt]));
    expect(error).toBeInstanceOf(DatasetFileError);
    expect(error.message).toBe(`${spelt}: is given twice, first as ${path}`);
    expect((await rejection(describeFiles([path, path]))).message).toBe(`${path}: is given twice`);
  });

  it('refuses another schema, naming the file and the column', async () => {
    const path = part('a.parquet', 1);
    const other = otherSchema('double.parquet', false);
    expect((await rejection(describeFiles([path, other]))).message).toBe(
      `${other}: has another schema than ${path}: column "id" is REQUIRED DOUBLE, expected REQUIRED INT32`,
    );
  });

  it('says so when only REQUIRED and OPTIONAL differ', async () => {
    const path = part('a.parquet', 1);
    const error = await rejection(describeFiles([path, otherSchema('nullable.parquet', true)]));
    expect(error.message).toMatch(/expected REQUIRED INT32; the two differ only in which columns/);
  });

  it.each([1, 4, 100])('names the first file at fault, %d at once', async (concurrency) => {
    const paths = Array.from({ length: 30 }, (_, i) => part(`p${i}.parquet`, 1));
    for (const i of [5, 6, 20]) writeFileSync(paths[i] as string, i === 5 ? 'x'.repeat(100) : '');
    const error = await rejection(describeFiles(paths, { concurrency }));
    expect(error.message).toMatch(/p5\.parquet: is not a Parquet file/);
  });
});
