import { afterEach, describe, expect, it } from '@jest/globals';
import { createCatalogClient } from '../../src/client/client.ts';
import { startChild, startService } from './child.ts';
import { run } from './run-cli.ts';

const clients: { close(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function service() {
  const { address, process, ended } = await startService('memory:');
  const client = createCatalogClient({ address });
  clients.push(client);
  const put = (name: string) => client.registerManifest({ name, schemaFingerprint: 'f' });
  return { address, client, put, process, ended };
}

describe('catalogd watch', () => {
  it('prints the state and each change, a line each, and ends with 0 at SIGINT', async () => {
    const { address, client, put } = await service();
    await put('a/1');
    await put('b');
    const child = startChild(['watch', 'a/', '--address', address]);
    await child.seen('synced');
    await put('b');
    await put('a/2');
    await client.deleteManifest({ name: 'a/1' });
    await child.seen('removed');
    child.process.kill('SIGINT');
    expect(await child.ended).toBe(0);
    const lines = child.out().trimEnd().split('\n');
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual([
      'EVENT',
      'put',
      'synced',
      'put',
      'removed',
    ]);
    expect(lines[1]).toMatch(/ a\/1$/);
    expect(lines[3]).toMatch(/ a\/2$/);
    expect(lines[4]).toMatch(/ 2 .* a\/1$/);
    expect(child.err()).toBe('');
  });

  it('prints JSON with --json, a value a line', async () => {
    const { address, client, put } = await service();
    await put('a');
    const child = startChild(['watch', '--json', '--address', address]);
    await child.seen('synced');
    await client.deleteManifest({ name: 'a' });
    await child.seen('removed');
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    const events = child
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toEqual([
      { put: expect.objectContaining({ name: 'a', version: '1', objects: [] }) },
      { synced: { unreadableNames: [] } },
      { removed: { name: 'a', version: '2' } },
    ]);
  });

  it('says on standard error that the service has gone, and goes on looking for it', async () => {
    const { address, put, process, ended } = await service();
    await put('a');
    const child = startChild(['watch', '--json', '--address', address]);
    await child.seen('synced');
    process.kill('SIGKILL');
    await ended;
    while (!child.err().includes('not connected: ')) {
      await new Promise((resolve) => child.process.stderr.once('data', resolve));
    }
    child.process.kill('SIGINT');
    expect(await child.ended).toBe(0);
    for (const line of child.err().trimEnd().split('\n')) {
      expect(JSON.parse(line)).toEqual({ note: expect.stringContaining('not connected: ') });
    }
  });

  it('fails where there is no service, and for a prefix that no name has', async () => {
    const { address } = await service();
    const nobody = ['--address', '127.0.0.1:1', '--attempts', '1'];
    expect(await run(['watch', ...nobody])).toMatchObject({ code: 6, out: '' });
    const bad = await run(['watch', 'a\u0001', '--address', address]);
    expect(bad).toMatchObject({ code: 2, out: '' });
    expect(bad.err).toContain('prefix');
  });
});
