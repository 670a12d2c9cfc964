import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DatasetFileError } from '../../src/dataset/errors.ts';
import { TAIL_BYTES } from '../../src/dataset/footer-bytes.ts';
import { column, rowGroup, schema, writeFooterTo } from './craft.ts';
import { readParquetFooter, rejection, scratchDirectory, writeWithHyparquet } from './support.ts';

const scratch = scratchDirectory();
const root = join(import.meta.dirname, '../..');
const flights = join(root, 'node_modules/vega-datasets/data/flights-3m.parquet');

const writeFooter = (name: string, metadata: object): string =>
  writeFooterTo(scratch(name), metadata);

describe('readParquetFooter', () => {
  it('reads a public file of 3,000,000 rows', async () => {
    const footer = await readParquetFooter(flights);
    expect(footer).toMatchObject({ sizeBytes: 13_493_022n, rowCount: 3_000_000n });
    expect(footer.schemaFingerprint).toBe(
      'parquet-v1:2fee00e848e97ced4cdd3a7b64317c66767b8fca6abedce4319d68819cfe2a8a',
    );
    expect(footer.schema.map(({ name }) => name)).toEqual([
      'root',
      'date',
      'delay',
      'distance',
      'origin',
      'destination',
    ]);
  });

  it('reads only the end, and sizes beyond 32 bits', async () => {
    const whole = readFileSync(
      writeFooter('small', { field_2: schema, field_3: 7n, field_4: [rowGroup(7n)] }),
    );
    const size = 2 ** 33;
    const file = await open(scratch('sparse'), 'w');
    await file.write(whole, 0, whole.length, size - whole.length);
    await file.close();
    const footer = await readParquetFooter(scratch('sparse'));
    expect(footer).toMatchObject({ sizeBytes: BigInt(size), rowCount: 7n });
  });

  it.each([0, 1, 2])('reads a footer at and beyond the first read (%d)', async (excess) => {
    const write = (padding: number): string =>
      writeFooter('long', {
        field_2: schema,
        field_3: 1n,
        field_4: [rowGroup(1n)],
        field_6: 'x'.repeat(padding),
      });
    const rough = readFileSync(write(TAIL_BYTES)).length - 4;
    const path = write(TAIL_BYTES - (rough - TAIL_BYTES) + excess);
    expect(readFileSync(path).length - 4).toBe(TAIL_BYTES + excess);
    expect((await readParquetFooter(path)).rowCount).toBe(1n);
  });

  it('counts the rows of the row groups, which some footers do not sum up', async () => {
    const path = writeFooter('sum', {
      field_2: schema,
      field_3: 0n,
      field_4: [rowGroup(2n ** 53n + 1n), rowGroup(2n)],
    });
    expect((await readParquetFooter(path)).rowCount).toBe(2n ** 53n + 3n);
  });

  it('reads a file of no rows', async () => {
    const path = writeFooter('none', { field_2: schema, field_3: 0n, field_4: [] });
    expect((await readParquetFooter(path)).rowCount).toBe(0n);
  });

  it('keeps a byte order mark in a name', async () => {
    writeWithHyparquet(scratch('bom'), [{ name: '\ufeffid', data: [1], type: 'INT32' }]);
    writeWithHyparquet(scratch('no-bom'), [{ name: 'id', data: [1], type: 'INT32' }]);
    const [bom, plain] = [
      await readParquetFooter(scratch('bom')),
      await readParquetFooter(scratch('no-bom')),
    ];
    expect(bom.schema[1]?.name).toBe('\ufeffid');
    expect(bom.schemaFingerprint).not.toBe(plain.schemaFingerprint);
  });

  it('takes a logical type of a later format by its number', async () => {
    const later = (member: object): string =>
      writeFooter('later', {
        field_2: [schema[0], { ...column, field_10: member }],
        field_4: [],
      });
    const fingerprints = new Set<string>();
    for (const member of [{}, { field_98: {} }, { field_99: {} }]) {
      fingerprints.add((await readParquetFooter(later(member))).schemaFingerprint);
    }
    expect(fingerprints.size).toBe(3);
  });
});

describe('readParquetFooter refuses', () => {
  const withSchema = (element: object) => ({ field_2: [schema[0], element], field_4: [] });
  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
  const file = (name: string, content: Buffer): string => {
    writeFileSync(scratch(name), content);
    return scratch(name);
  };
  const cut = (name: string, from: number, to: number): string =>
    file(
      name,
      readFileSync(writeFooter(`${name}-whole`, { field_2: schema, field_4: [] })).subarray(
        from,
        to,
      ),
    );

  const folder = (): string => {
    mkdirSync(scratch('folder'));
    return scratch('folder');
  };
  const pipe = (): string => {
    execFileSync('mkfifo', [scratch('pipe')]);
    return scratch('pipe');
  };

  const cases: [string, () => string, string][] = [
    ['a missing file', () => scratch('missing'), 'there is no such file'],
    ['a folder', folder, 'not a regular file'],
    ['a pipe', pipe, 'not a regular file'],
    ['an empty file', () => file('empty', bytes('')), 'is empty (0 bytes)'],
    ['a short file', () => file('short', bytes('PAR1PAR1')), 'it has 8 bytes'],
    [
      'a text',
      () => file('text', bytes('id,name\n1,someone\n')),
      'not a Parquet file: it ends with the bytes 6f6e650a',
    ],
    [
      'an encrypted footer',
      () => file('pare', bytes('PARE0000\0\0\0\0PARE')),
      'has an encrypted footer',
    ],
    ['a cut end', () => cut('cut-end', 0, -1), 'truncated or still being written'],
    ['a cut beginning', () => cut('cut-head', 20, 9999), 'its beginning is cut off'],
    ['no footer at all', () => file('void', bytes('PAR1\0\0\0\0PAR1')), 'damaged footer'],
    ['garbage', () => file('garbage', bytes('PAR1garbage!\x08\0\0\0PAR1')), 'damaged footer'],
    ['no schema', () => writeFooter('no-schema', { field_4: [] }), 'no list of schema'],
    ['an empty schema', () => writeFooter('empty-schema', { field_2: [], field_4: [] }), 'no root'],
    [
      'a list of something else',
      () => writeFooter('list', { field_2: [1, 2], field_4: [] }),
      'holds something else',
    ],
    ['no row groups', () => writeFooter('no-groups', { field_2: schema }), 'no list of row groups'],
    [
      'negative rows',
      () => writeFooter('negative', { field_2: schema, field_4: [rowGroup(-1n)] }),
      'says that it has -1 rows',
    ],
    [
      'rows beyond 64 bits',
      () => writeFooter('many', { field_2: schema, field_4: [rowGroup(2n ** 63n)] }),
      'rows',
    ],
    [
      'row groups that have more than 64 bits of rows together',
      () =>
        writeFooter('sum', {
          field_2: schema,
          field_4: [rowGroup(2n ** 62n), rowGroup(2n ** 62n)],
        }),
      'its row groups say that they have 9223372036854775808 rows',
    ],
    [
      'an unknown type',
      () => writeFooter('type', withSchema({ ...column, field_1: 8 })),
      'unknown physical type 8',
    ],
    [
      'an unknown repetition',
      () => writeFooter('rep', withSchema({ ...column, field_3: 3 })),
      'unknown repetition 3',
    ],
    [
      'an unknown converted type',
      () => writeFooter('conv', withSchema({ ...column, field_6: 22 })),
      'unknown converted type 22',
    ],
    ['no name', () => writeFooter('name', withSchema({ field_1: 1, field_3: 1 })), 'has no name'],
    [
      'a name not in UTF-8',
      () => writeFooter('utf8', withSchema({ ...column, field_4: new Uint8Array([0xff]) })),
      'the name 0xff in the schema is not UTF-8',
    ],
    [
      'a time without unit',
      () =>
        writeFooter('unit', withSchema({ ...column, field_10: { field_8: { field_1: true } } })),
      'TIMESTAMP without valid parameters',
    ],
    [
      'a tree that ends early',
      () => writeFooter('tree', { field_2: [schema[0]], field_4: [] }),
      'ends before its children',
    ],
  ];
  it.each(cases)('%s', async (_what, make, message) => {
    const path = make();
    const error = await rejection(readParquetFooter(path));
    expect(error).toBeInstanceOf(DatasetFileError);
    expect(error.message.startsWith(`${path}: `)).toBe(true);
    expect(error.message).toContain(message);
  });

  it('a footer above the limit, before reading it', async () => {
    const path = writeFooter('limit', { field_2: schema, field_4: [], field_6: 'x'.repeat(5000) });
    const length = readFileSync(path).length - 12;
    await expect(readParquetFooter(path, { maxFooterBytes: length })).resolves.toBeDefined();
    const error = await rejection(readParquetFooter(path, { maxFooterBytes: length - 1 }));
    expect(error.message).toContain(`a footer of ${length} bytes; at most ${length - 1} are read`);
  });

  it('any truncation of a real file, by name and without hanging', async () => {
    const whole = readFileSync(flights).subarray(-3000);
    for (let length = 0; length < whole.length; length += 37) {
      const path = file('truncated', whole.subarray(0, length));
      expect(await rejection(readParquetFooter(path))).toBeInstanceOf(DatasetFileError);
    }
  });
});
