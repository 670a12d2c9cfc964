import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { sourceOf } from '../../src/rpc/source-of.ts';
import { PerAddress } from '../../src/server/per-address.ts';
import { rawConnect, readAll, startTestServer } from './support.ts';

const HEALTHZ = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

describe('where a connection comes from', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s is %s', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });
});

describe('connections per address', () => {
  it('are counted by address, and given back', () => {
    const connections = new PerAddress(2);
    const leave = connections.enter('192.0.2.1');
    expect(connections.enter('::ffff:192.0.2.1')).toBeDefined();
    expect(connections.enter('192.0.2.1')).toBeUndefined();
    expect(connections.enter('192.0.2.2')).toBeDefined();
    leave?.();
    expect(connections.enter('192.0.2.1')).toBeDefined();
    expect(connections.enter('192.0.2.1')).toBeUndefined();
  });

  it('are refused above the limit, while another address is served', async () => {
    const server = await startTestServer({ maxConnectionsPerAddress: 2 });
    const [first, second] = [await rawConnect(server.port), await rawConnect(server.port)];
    for (const socket of [first, second]) socket.write(HEALTHZ);
    await Promise.all([once(first, 'data'), once(second, 'data')]);
    expect(await readAll(await rawConnect(server.port))).toBe('');
    expect(server.logged).toEqual(['debug connection refused: too many of its address']);

    const other = net.connect({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    other.end(HEALTHZ);
    expect(await readAll(other)).toMatch(/^HTTP\/1.1 200 /);

    first.destroy();
    let answer = '';
    for (let i = 0; answer === '' && i < 100; i++) {
      const socket = await rawConnect(server.port);
      socket.end(HEALTHZ);
      answer = await readAll(socket);
    }
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    second.destroy();
    await server.drain(0);
  });
});
