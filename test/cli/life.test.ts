import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { tempFolder } from '../support/temp-folder.ts';
import { cliWithService } from './cli-with-service.ts';

const folder = tempFolder();
const { cli, json } = cliWithService();

/** A file with columns of INT32. */
async function parquet(name: string, rows: number, ...columns: string[]): Promise<string> {
  const file = join(folder, name);
  const data = Array.from({ length: rows }, (_, i) => i);
  const columnData = columns.map((column) => ({ name: column, data, type: 'INT32' as const }));
  await writeFile(file, new Uint8Array(parquetWriteBuffer({ columnData })));
  return file;
}

const ofJson = (fingerprint: string) => ['--objects', '-', '--fingerprint', fingerprint];

describe('register', () => {
  it('sends the schema of the files, which get shows as a tree', async () => {
    await cli(['register', 'tree', await parquet('tree.parquet', 1, 'x', 'y')]);
    const { out } = await cli(['get', 'tree', '--view', 'schema']);
    expect(out.slice(out.indexOf('FIELD'))).toBe(
      'FIELD  TYPE\nx      OPTIONAL INT32\ny      OPTIONAL INT32\n',
    );
    expect(await json(['get', 'tree', '--view', 'schema'])).toMatchObject({
      objects: [],
      schema: { fields: [{ name: 'x' }, { name: 'y' }] },
    });
    await cli(['register', 'treeless', ...ofJson('f')], '[]');
    const treeless = await cli(['get', 'treeless', '--view', 'schema']);
    expect(treeless.out).toMatch(/\nno schema is known\n$/);
  });

  it('goes without a schema that is beyond the limits, and says so', async () => {
    const columns = Array.from({ length: 10_001 }, (_, i) => `c${i}`);
    const file = await parquet('wide.parquet', 1, ...columns);
    const { code, err } = await cli(['register', 'wide', file]);
    expect(code).toBe(0);
    expect(err).toMatch(/^catalogd: goes without the schema, for that has more than 10000 fields/);
    const again = await cli(['register', 'wide', file, '--json']);
    expect(JSON.parse(again.err).note).toContain('10000 fields');
    expect((await json(['get', 'wide'])).schemaOmitted).toBe(false);
  });
});

describe('evolve', () => {
  it('shows what would change, then changes it', async () => {
    const [one, two] = [await parquet('e1.parquet', 1, 'x'), await parquet('e2.parquet', 3, 'y')];
    const before = (await json(['register', 'evolved', one])).manifest.schemaFingerprint;
    const dry = await cli(['evolve', 'evolved', two, '--validate-only']);
    expect(dry.code).toBe(0);
    expect(dry.err).toBe(`catalogd: evolved has ${before} at version 1; taken for --from\n`);
    expect(dry.out).toMatch(/^evolved: valid, would be evolved at version 2\n/);
    expect(dry.out).toContain('\nBREAKS  CHANGE\n-       ');
    expect(dry.out).toContain('\n-       x: was removed: OPTIONAL INT32\n');
    expect(dry.out).toContain('\n-       y: was added: OPTIONAL INT32\n');
    const args = ['evolve', 'evolved', two, '--from', before, '--request-id', 'e'];
    const full = await cli([...args, '--compatibility', 'full']);
    expect(full).toMatchObject({ code: 0, err: '' });
    expect(full.out).toMatch(/^evolved: evolved at version 2\n/);
    expect(full.out).toContain(`formerly     ${before}, until 2\n`);
    const again = await cli([...args, '--compatibility', 'full']);
    expect(again.out).toMatch(/^evolved: evolved at version 2, by an earlier call/);
    expect(again.out).not.toContain('schemas');
  });

  it('refuses what is not compatible, naming the field', async () => {
    const wide = join(folder, 'int64.parquet');
    const columnData = [{ name: 'x', data: [1n], type: 'INT64' as const }];
    await writeFile(wide, new Uint8Array(parquetWriteBuffer({ columnData })));
    await cli(['register', 'strict', await parquet('int32.parquet', 1, 'x')]);
    const { code, err } = await cli(['evolve', 'strict', wide, '--compatibility', 'forward']);
    expect(code).toBe(4);
    expect(err).toContain('SCHEMA_INCOMPATIBLE');
    expect(err).toContain('\n  x: was OPTIONAL INT32, is OPTIONAL INT64\n');
    const dry = await cli(['evolve', 'strict', wide, '--validate-only']);
    expect(dry.out).toContain('\nforward  x: was OPTIONAL INT32, is OPTIONAL INT64\n');
  });

  it('goes from another fingerprint only, and says what it could not compare', async () => {
    await cli(['register', 'opaque', ...ofJson('f1')], '[]');
    const stale = await cli(['evolve', 'opaque', '--from', 'f0', ...ofJson('f2')], '[]');
    expect(stale).toMatchObject({ code: 4, out: '' });
    expect(stale.err).toContain('FINGERPRINT_CONFLICT');
    const { out } = await cli(['evolve', 'opaque', '--from', 'f1', ...ofJson('f2')], '[]');
    expect(out).toContain('the schemas were not compared');
    expect(await json(['get', 'opaque'])).toMatchObject({ schemaFingerprint: 'f2', version: '2' });
    expect((await cli(['evolve', 'no-such', ...ofJson('f2')], '[]')).code).toBe(3);
  });
});

describe('update', () => {
  it('adds from files, replaces from JSON, removes by key', async () => {
    const [one, two] = [await parquet('u1.parquet', 1, 'x'), await parquet('u2.parquet', 2, 'x')];
    await cli(['register', 'updated', one]);
    const added = await cli(['update', 'updated', two]);
    expect(added.out).toMatch(/^updated: updated at version 2\n\n.*\nrows {9}3\n/s);
    expect(added.out).toMatch(/of 1 file, of which only the footers\n$/);
    const removed = await json(['update', 'updated', '--remove', pathToFileURL(one).href]);
    expect(removed).toMatchObject({ version: '3', manifest: { rowCount: '2', objectCount: '1' } });
    const { schemaFingerprint } = removed.manifest;
    const replaced = await json(
      ['update', 'updated', ...ofJson(schemaFingerprint), '--row-count', '9'],
      JSON.stringify([{ key: pathToFileURL(two).href, size_bytes: 5 }]),
    );
    expect(replaced.manifest).toMatchObject({ rowCount: '9', totalSizeBytes: '5' });
  });

  it('changes nothing where a key is not there, or the schema is another one', async () => {
    const [file, other] = [await parquet('k.parquet', 1, 'x'), await parquet('o.parquet', 1, 'y')];
    await cli(['register', 'kept', file]);
    const missing = await cli(['update', 'kept', '--remove', 's3://no/such']);
    expect(missing).toMatchObject({ code: 3, out: '' });
    expect(missing.err).toContain('OBJECT_NOT_FOUND');
    expect((await cli(['update', 'kept', other])).code).toBe(4);
    expect((await cli(['update', 'no-such', '--remove', 'k'])).code).toBe(3);
    expect((await json(['get', 'kept'])).version).toBe('1');
  });
});

describe('delete, undelete and purge', () => {
  it('go through the life of a dataset', async () => {
    await cli(['register', 'life/mortal', ...ofJson('f')], '[]');
    const dry = await cli(['delete', 'life/mortal', '--validate-only']);
    expect(dry.out).toBe('life/mortal: valid, would be deleted at version 2\n');
    const deleted = await cli(['delete', 'life/mortal', '--request-id', 'd']);
    expect(deleted).toEqual({ code: 0, out: 'life/mortal: deleted at version 2\n', err: '' });
    const again = await cli(['delete', 'life/mortal', '--request-id', 'd']);
    expect(again.out).toContain(', by an earlier call with this request id\n');
    expect((await cli(['get', 'life/mortal'])).code).toBe(3);
    expect((await cli(['get', 'life/mortal', '--show-deleted'])).out).toMatch(/^deleted {6}\d/m);
    const listed = await cli(['list', '--prefix', 'life/', '--show-deleted']);
    expect(listed.out).toMatch(/^DELETED +UPDATED .*\n\d.*T.*Z +\d.*T.*Z .*life\/mortal\n$/);
    expect((await cli(['list', '--prefix', 'life/'])).err).toBe('no datasets\n');

    expect((await cli(['undelete', 'life/mortal'])).out).toMatch(
      /^life\/mortal: undeleted at version 3\n\nname/,
    );
    expect((await cli(['undelete', 'life/mortal'])).code).toBe(4);
    expect((await cli(['purge', 'life/mortal'])).code).toBe(4);
    const { manifest } = await json(['delete', 'life/mortal']);
    const { etag } = manifest;
    expect((await cli(['purge', 'life/mortal', '--expected-etag', '0-x'])).code).toBe(5);
    expect(await cli(['purge', 'life/mortal', '--expected-etag', etag])).toEqual({
      code: 0,
      out: 'life/mortal: purged at version 5\n',
      err: '',
    });
    expect((await cli(['undelete', 'life/mortal'])).code).toBe(3);
  });

  it('succeed where there is nothing, with --allow-missing', async () => {
    for (const verb of ['delete', 'purge']) {
      expect((await cli([verb, 'no-such'])).code).toBe(3);
      expect(await cli([verb, 'no-such', '--allow-missing'])).toEqual({
        code: 0,
        out: `no-such: there is nothing to ${verb}\n`,
        err: '',
      });
      expect(await json([verb, 'no-such', '--allow-missing'])).toMatchObject({ version: '0' });
    }
  });
});

describe('list', () => {
  it('selects by labels and times', async () => {
    const names = async (...flags: string[]) => {
      const { code, out } = await cli(['list', '--prefix', 'sel/', '--json', ...flags]);
      expect(code).toBe(0);
      return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).name]));
    };
    await json(['register', 'sel/a', ...ofJson('f'), '--label', 'team=x=y'], '[]');
    const b = await json(['register', 'sel/b', ...ofJson('f'), '--label', 'team=z'], '[]');
    expect(await names('--label', 'team=x=y')).toEqual(['sel/a']);
    expect(await names('--label-key', 'team')).toEqual(['sel/a', 'sel/b']);
    expect(await names('--label-key', 'team', '--label-key', 'tier')).toEqual([]);
    const { createdAt } = b.manifest;
    const again = await json(['register', 'sel/b', ...ofJson('f')], '[]');
    expect(await names('--updated-since', again.manifest.updatedAt)).toEqual(['sel/b']);
    expect(await names('--updated-before', again.manifest.updatedAt)).toContain('sel/a');
    expect(await names('--updated-since', createdAt.slice(0, 10))).toEqual(['sel/a', 'sel/b']);
    expect(await names('--updated-before', '2020-01-01')).toEqual([]);
  });
});
