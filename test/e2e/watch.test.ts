import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type CatalogClient, createCatalogClient } from '../../src/client/client.ts';
import { type CatalogdProcess, startProcess } from '../support/catalogd-process.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';

/** How many watch, and how many changes they follow. The full counts run at night: 100 and 10,000. */
const WATCHERS = Number(process.env.CATALOGD_TEST_WATCHERS ?? 20);
const CHANGES = Number(process.env.CATALOGD_TEST_CHANGES ?? 1_000);
const NAMES = CHANGES / 10;
const WRITERS = 8;
const PREFIXES = ['', 'a/', 'b/1'];
const TIME_LIMIT_MS = 60_000 + CHANGES * 60;

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double({
    bucket: 'lake',
    accessKeyId: 'e2e',
    secretAccessKey: 'e2e-secret',
  });
});
afterAll(() => double.close());

/** Follows what is under a prefix; the view is what it knows. */
function follow(address: string, prefix: string) {
  const client = createCatalogClient({ address });
  const stop = new AbortController();
  const view = new Map<string, string>();
  const counts = { puts: 0, removals: 0, disconnections: 0 };
  const { promise: synced, resolve } = Promise.withResolvers<void>();
  const onStateChange = ({ state }: { state: string }) => {
    if (state === 'disconnected') counts.disconnections += 1;
  };
  const ended = (async () => {
    const events = client.watchManifests({ prefix }, { signal: stop.signal, onStateChange });
    for await (const event of events) {
      if (event.type === 'put') {
        counts.puts += 1;
        view.set(event.manifest.name, event.manifest.etag);
      } else if (event.type === 'removed') {
        counts.removals += 1;
        view.delete(event.name);
      } else resolve();
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const end = async () => {
    stop.abort();
    await ended;
    client.close();
  };
  return { prefix, view, counts, synced, ended, end };
}

/** Watches, and reads nothing but the headers. */
async function stall(address: string): Promise<() => void> {
  const session = http2.connect(`http://${address}`, { settings: { initialWindowSize: 1_000 } });
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': '/catalogd.v1.CatalogService/WatchManifests',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.end(Buffer.alloc(5));
  await new Promise((resolve) => stream.once('response', resolve));
  return () => session.destroy();
}

/** Registers and deletes: each name by one writer, one after the other, through either replica. */
async function change(clients: readonly CatalogClient[]): Promise<void> {
  let made = 0;
  const writer = async (own: number) => {
    for (let i = own; i < CHANGES; i += WRITERS) {
      // A number that no two writers share.
      const of = own + WRITERS * (i % Math.ceil(NAMES / WRITERS));
      const name = `${'abc'[of % 3]}/${of}`;
      const client = clients[i % clients.length];
      const deletes = made % 5 === 4;
      made += 1;
      if (deletes) await client?.deleteManifest({ name, allowMissing: true });
      else await client?.registerManifest({ name, schemaFingerprint: 'fp', rowCount: BigInt(i) });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, own) => writer(own)));
}

async function everything(client: CatalogClient): Promise<ReadonlyMap<string, string>> {
  const etags = new Map<string, string>();
  for await (const { name, etag } of client.manifests({ pageSize: 1_000 })) etags.set(name, etag);
  return etags;
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, etag]) => b.get(name) === etag);
}

/** Resident memory of a replica, in MB. */
async function memory({ address }: CatalogdProcess): Promise<number> {
  const metrics = await (await fetch(`http://${address}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 1e6;
}

it(
  `${WATCHERS} watchers of two replicas follow ${CHANGES} changes, two that do not read beside them`,
  async () => {
    const store = `s3://lake/watch?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;
    const env = { AWS_ACCESS_KEY_ID: 'e2e', AWS_SECRET_ACCESS_KEY: 'e2e-secret' };
    const replicas = await Promise.all(
      [1, 2].map(() => startProcess(store, env, ['--refresh-interval', '200ms'])),
    );
    const addresses = replicas.map(({ address }) => address);
    const clients = addresses.map((address) => createCatalogClient({ address }));
    const before = await Promise.all(replicas.map(memory));
    const stalled = await Promise.all(addresses.map(stall));
    const followers = Array.from({ length: WATCHERS }, (_, i) =>
      follow(addresses[i % 2] as string, PREFIXES[i % PREFIXES.length] as string),
    );
    await Promise.all(followers.map(({ synced }) => synced));
    const watching = await Promise.all(replicas.map(memory));

    let most = watching;
    const measuring = new AbortController();
    const measured = (async () => {
      while (!measuring.signal.aborted) {
        const now = await Promise.all(replicas.map(memory));
        most = most.map((mb, i) => Math.max(mb, now[i] ?? 0));
        await sleep(500);
      }
    })();
    const began = performance.now();
    await change(clients);
    const changedAfter = performance.now() - began;

    // Both replicas show the same once they have caught up, and then each watcher knows it.
    let truth = await everything(clients[0] as CatalogClient);
    while (!isSame(truth, await everything(clients[1] as CatalogClient))) {
      await sleep(50);
      truth = await everything(clients[0] as CatalogClient);
    }
    for (const { prefix, view } of followers) {
      const own = new Map([...truth].filter(([name]) => name.startsWith(prefix)));
      while (!isSame(own, view)) await sleep(20);
    }
    const followedAfter = performance.now() - began;
    measuring.abort();
    await measured;
    const after = await Promise.all(replicas.map(memory));

    const sum = (key: keyof (typeof followers)[0]['counts']) =>
      followers.reduce((total, { counts }) => total + counts[key], 0);
    // Whoever reads is never cut off by whoever does not.
    expect(sum('disconnections')).toBe(0);
    expect(sum('puts')).toBeGreaterThan(WATCHERS);
    const mb = (figures: readonly number[]) => figures.map((each) => each.toFixed(0)).join(' and ');
    process.stdout.write(
      `${WATCHERS} watchers, ${CHANGES} changes in ${(changedAfter / 1e3).toFixed(1)} s, known to all after ` +
        `${(followedAfter / 1e3).toFixed(1)} s: ${sum('puts')} puts, ${sum('removals')} removals. ` +
        `Memory of the replicas in MB: ${mb(before)} before, ${mb(watching)} with the watchers, ` +
        `${mb(most)} at most, ${mb(after)} after\n`,
    );
    for (const destroy of stalled) destroy();
    await Promise.all(followers.map(({ end }) => end()));
    for (const client of clients) client.close();
    expect(await Promise.all(replicas.map((replica) => replica.end('SIGTERM')))).toEqual([0, 0]);
  },
  TIME_LIMIT_MS,
);
