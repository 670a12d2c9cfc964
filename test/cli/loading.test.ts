import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fault, startFake } from '../client/fake-service.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startChild } from './child.ts';

const folder = tempFolder();
const HOOK = new URL('./record-modules.mjs', import.meta.url).href;

const ALONE = ['commander', 'src/cli', 'src/client', 'src/config'];

/** The packages and folders of src which a command has loaded. */
async function loadedBy(args: string[]): Promise<Set<string>> {
  const record = join(folder, `${args[0]}.txt`);
  const child = startChild(args, { node: ['--import', HOOK], env: { RECORD_MODULES: record } });
  await child.ended;
  const urls = (await readFile(record, 'utf8')).split('\n');
  return new Set(
    urls.flatMap((url) => {
      const name =
        /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? /\/(src\/[^/]+)\//.exec(url);
      return name?.[1] ?? [];
    }),
  );
}

describe('what is loaded', () => {
  it('by --help and --version is the command line alone, with commander the only package', async () => {
    for (const flag of ['--help', '--version']) {
      expect([...(await loadedBy([flag]))].sort()).toEqual(ALONE);
    }
  });

  it('by a usage error is no more than what reports it', async () => {
    const loaded = await loadedBy(['get']);
    expect([...loaded].sort()).toEqual(ALONE);
  });

  it('by get is no server, no store, no Parquet and no AWS SDK', async () => {
    const service = await startFake({
      getManifest: () => {
        throw fault(5, 'gone');
      },
    });
    const loaded = await loadedBy(['get', 'a', '--address', service.address]);
    await service.close();
    expect([...loaded]).toEqual(expect.arrayContaining(['src/client', '@grpc/grpc-js']));
    for (const name of loaded) {
      expect(name).not.toMatch(/aws|smithy|parquet|connectrpc|pino|zod|yaml|duckdb/);
      expect(name).not.toMatch(/src\/(server|rpc|catalog|store|manifest|dataset)/);
    }
  });

  it('by register of local files is no server, no handler, no store and no AWS SDK', async () => {
    const file = join(import.meta.dirname, '../fingerprint-vectors/duckdb.parquet');
    const loaded = await loadedBy(['register', 'a', file, '--dry-run']);
    expect([...loaded]).toEqual(expect.arrayContaining(['src/dataset']));
    for (const name of loaded) {
      expect(name).not.toMatch(/aws|smithy|connectrpc|pino|zod|yaml|duckdb|grpc-js/);
      expect(name).not.toMatch(/src\/(server|store|manifest|s3)/);
    }
  });
});
