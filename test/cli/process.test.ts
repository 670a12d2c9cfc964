import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { listResponse, startFake } from '../client/fake-service.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runChild, startChild, startService } from './child.ts';

const folder = tempFolder();

async function objectsFile(): Promise<string> {
  const file = join(folder, 'objects.json');
  await writeFile(file, '[{"key": "s3://b/k", "size_bytes": 1}]');
  return file;
}

const register = async (address: string, name: string) =>
  runChild([
    ...['register', name, '--objects', await objectsFile(), '--fingerprint', 'f'],
    ...['--address', address],
  ]);

describe('catalogd serve as a process', () => {
  it('keeps what was registered over kill -9, and ends with 0 at SIGTERM', async () => {
    const store = `file:${join(folder, 'kept')}`;
    const first = await startService(store);
    expect(first.out()).toContain(`and stores in ${store}`);
    expect((await register(first.address, 'a/b')).code).toBe(0);
    const before = await runChild(['get', 'a/b', '--json', '--address', first.address]);
    first.process.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');

    const second = await startService(store);
    expect(second.out()).toContain('ready with 1 manifest');
    const after = await runChild(['get', 'a/b', '--json', '--address', second.address]);
    expect(after).toEqual({ ...before, code: 0, err: '' });
    second.process.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  it('serves on for the shutdown delay, though not ready, and then drains', async () => {
    const service = await startService('memory:', ['--shutdown-delay', '1h']);
    const readyz = async () => (await fetch(`http://${service.address}/readyz`)).status;
    expect(await readyz()).toBe(200);
    service.process.kill('SIGTERM');
    while ((await readyz()) !== 503);
    // On a new connection: the port is open.
    expect((await register(service.address, 'late')).code).toBe(0);
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(143);

    const short = await startService('memory:', ['--shutdown-delay', '50ms']);
    short.process.kill('SIGTERM');
    expect(await short.ended).toBe(0);
  });

  it('does not delay the end where it was never ready', async () => {
    const args = [
      'serve',
      '--store',
      's3://bucket/p?endpoint=http://127.0.0.1:9&region=x&path_style=true',
    ];
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const child = startChild([...args, '--listen', '127.0.0.1:0', '--shutdown-delay', '1h'], {
      env,
    });
    await child.seen('listens on');
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('ends with 0 at SIGINT, and logs JSON on standard error only', async () => {
    const service = await startService('memory:');
    service.process.kill('SIGINT');
    expect(await service.ended).toBe(0);
    const lines = service.err().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).msg)).toContainEqual(
      expect.stringContaining('stopping'),
    );
    expect(service.out().trimEnd().split('\n')).toHaveLength(2);
  });

  it('goes on, and ends in order, when nobody reads its log', async () => {
    const service = await startService('memory:', ['--log-level', 'debug']);
    service.process.stderr.destroy();
    expect((await register(service.address, 'a')).code).toBe(0);
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('refuses a directory or a port in use with exit code 2, and names them', async () => {
    const store = `file:${join(folder, 'used')}`;
    const service = await startService(store);
    const sameStore = await runChild(['serve', '--store', store, '--listen', '127.0.0.1:0']);
    expect(sameStore).toMatchObject({ code: 2, out: '' });
    expect(sameStore.err).toContain(String(service.process.pid));
    const samePort = await runChild(['serve', '--store', 'memory:', '--listen', service.address]);
    expect(samePort).toMatchObject({ code: 2, out: '' });
    expect(samePort.err).toContain(service.address);
  });

  it('does not serve a catalog of which a file is damaged: exit code 8, naming it', async () => {
    const root = join(folder, 'damaged');
    const service = await startService(`file:${root}`);
    await register(service.address, 'good');
    await register(service.address, 'bad');
    service.process.kill('SIGTERM');
    await service.ended;
    const manifests = join(root, '_catalog', 'manifests');
    expect(await readdir(manifests)).toEqual(expect.arrayContaining(['bad.parquet']));
    const bytes = await readFile(join(manifests, 'bad.parquet'));
    await writeFile(join(manifests, 'bad.parquet'), bytes.subarray(0, -20));

    const { code, out, err } = await runChild([
      ...['serve', '--store', `file:${root}`, '--listen', '127.0.0.1:0'],
    ]);
    expect(code).toBe(8);
    expect(err).toContain('_catalog/manifests/bad.parquet');
    expect(err).not.toContain('good.parquet');
    expect(out).not.toContain('ready');
  });

  it('keeps its data below the current folder unless told otherwise', async () => {
    const child = startChild(['serve', '--listen', '127.0.0.1:0'], { cwd: folder });
    await child.seen('is ready');
    expect(await readdir(folder)).toContain('catalogd-data');
  });
});

describe('the command line as a process', () => {
  it('ends quietly when the reader of its output goes, as with head', async () => {
    const service = await startFake({
      listManifests: ({ pageToken }) =>
        listResponse({
          manifests: Array.from({ length: 1000 }, () => ({ name: 'x'.repeat(200) })),
          nextPageToken: `${Number(pageToken) + 1}`, // for ever
        }),
    });
    const child = startChild(['list', '--json', '--address', service.address]);
    child.process.stdout.once('data', () => child.process.stdout.destroy());
    expect(await child.ended).toBe(0);
    expect(child.err()).toBe('');
    await service.close();
  });

  it('ends quietly when nobody reads its help', async () => {
    const child = startChild(['--help']);
    child.process.stdout.destroy();
    expect(await child.ended).toBe(0);
    expect(child.err()).toBe('');
  });

  it('says in one line that a Node is too old', () => {
    // A preload poses as the old one, for the machine may have no other Node.
    const pose = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`;
    const bin = new URL('../../bin/catalogd.js', import.meta.url).pathname;
    const old = () =>
      execFileSync(process.execPath, ['--import', pose, bin, '--version'], { stdio: 'pipe' });
    let failure: unknown;
    try {
      old();
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ status: 2 });
    expect(String((failure as { stderr: Buffer }).stderr)).toMatch(
      /^catalogd needs Node 22\.18 or newer, and this is Node 20\.20\.2[^\n]*\n$/,
    );
  });
});
