import { mkdirSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fault, startFake } from '../client/fake-service.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startChild } from './child.ts';

const folder = tempFolder();
const HOOK = new URL('./record-modules.mjs', import.meta.url).href;

/** What only servers, stores and readers of Parquet need. */
const HEAVY =
  /^(@aws-sdk|@smithy|@connectrpc|@opentelemetry|hyparquet|pino|prom-client|zod|yaml|jose|@duckdb)/;

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

  it.each(['get', 'list', 'objects', 'delete'])(
    'by %s is no server, no store, no Parquet and no AWS SDK',
    async (command) => {
      const gone = () => {
        throw fault(5, 'gone');
      };
      const service = await startFake({
        getManifest: gone,
        listManifests: gone,
        listObjects: gone,
        deleteManifest: gone,
      });
      const args = command === 'list' ? [] : ['a'];
      const loaded = await loadedBy([command, ...args, '--address', service.address]);
      await service.close();
      expect([...loaded]).toEqual(expect.arrayContaining(['src/client', '@grpc/grpc-js']));
      for (const name of loaded) {
        expect(name).not.toMatch(HEAVY);
        expect(name).not.toMatch(/src\/(server|rpc|catalog|store|manifest|dataset)/);
      }
    },
  );

  it('by register of local files is no server, no handler, no store and no AWS SDK', async () => {
    const file = join(import.meta.dirname, '../fingerprint-vectors/duckdb.parquet');
    const loaded = await loadedBy(['register', 'a', file, '--dry-run']);
    expect([...loaded]).toEqual(expect.arrayContaining(['src/dataset']));
    for (const name of loaded) {
      if (!name.startsWith('hyparquet')) expect(name).not.toMatch(HEAVY);
      expect(name).not.toBe('@grpc/grpc-js');
      expect(name).not.toMatch(/src\/(server|store|manifest|s3)/);
    }
  });
});

describe('compiled modules', () => {
  const help = async (env: Record<string, string>) => {
    const child = startChild(['--help'], { env });
    expect(await child.ended).toBe(0);
    expect(child.err()).toBe('');
  };
  const home = (name: string) => {
    const path = join(folder, name);
    mkdirSync(path);
    return { HOME: path, XDG_CACHE_HOME: '' };
  };

  it('are kept in the cache folder of the user', async () => {
    const env = home('kept');
    await help(env);
    expect(readdirSync(join(env.HOME, '.cache/catalogd'))).toHaveLength(1);
  });

  it('are not kept when NODE_DISABLE_COMPILE_CACHE says so', async () => {
    const env = home('disabled');
    await help({ ...env, NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(readdirSync(env.HOME)).toEqual([]);
  });

  it.each(['/proc/none', '/dev/null', 'relative', ''])(
    'are not kept where they cannot be, HOME=%s',
    async (path) => {
      await help({ HOME: path, XDG_CACHE_HOME: '' });
    },
  );
});
