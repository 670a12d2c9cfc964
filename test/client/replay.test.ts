import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCatalogClient } from '../../src/client/client.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry } from '../support/catalog.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { serve } from '../support/service.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Passes bytes on until all of its connections are cut. */
async function startProxy(port: number) {
  const sockets = new Set<Socket>();
  const proxy: Server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1');
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  opened.push(() => {
    cut();
    return new Promise((resolve) => proxy.close(resolve));
  });
  const { port: own } = proxy.address() as { port: number };
  return { address: `127.0.0.1:${own}`, cut };
}

describe('against the service itself', () => {
  it('a write that landed before the connection broke is answered as replayed, and done once', async () => {
    const store = new FaultyStore(createMemoryStore());
    const server = await serve(await openRegistry({ store }));
    opened.push(() => server.drain(0));
    const proxy = await startProxy(server.port);
    store.putFaults.push(async ({ pass }) => {
      const result = await pass();
      proxy.cut();
      return result;
    });
    const client = createCatalogClient({ address: proxy.address });
    opened.push(() => client.close());
    const write = { name: 'a', schemaFingerprint: 'f', expectedEtag: '' };
    expect(await client.registerManifest(write)).toMatchObject({
      replayed: true,
      existing: false,
      version: 1n,
      manifest: { name: 'a', version: 1n },
    });
    expect(store.calls.filter((call) => call.startsWith('put'))).toHaveLength(1);

    const { manifest } = await client.getManifest({ name: 'a' });
    store.putFaults.push(async ({ pass }) => {
      const result = await pass();
      proxy.cut();
      return result;
    });
    // The second attempt meets its own new etag: the request id is looked at first.
    const conditional = { ...write, expectedEtag: manifest?.etag ?? '' };
    expect(await client.registerManifest(conditional)).toMatchObject({
      replayed: true,
      existing: true,
      version: 2n,
    });
    await expect(client.registerManifest(conditional)).rejects.toMatchObject({
      reason: 'ETAG_MISMATCH',
    });
  });
});
