import { toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Manifest, ManifestView } from '../../gen/catalogd/v1/catalog_pb.ts';
import {
  CatalogService,
  ListManifestsResponseSchema,
  ListObjectsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry, patient, registerCall } from '../support/catalog.ts';
import { serve } from '../support/service.ts';

const FOUR_MIB = 4 * 1024 * 1024;
const { BASIC } = ManifestView;
const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

async function open(registry: Registry) {
  const server = await serve(registry);
  const baseUrl = `http://127.0.0.1:${server.port}`;
  // A client as it comes: it refuses answers above 4 MiB.
  const transport = createGrpcTransport({ baseUrl, readMaxBytes: FOUR_MIB });
  return { client: createClient(CatalogService, transport), stop: () => server.drain(0) };
}

type Service = Awaited<ReturnType<typeof open>>;

async function pages({ client }: Service, request: object, between?: () => Promise<unknown>) {
  const all: Manifest[][] = [];
  let pageToken = '';
  do {
    const answer = await client.listManifests({ ...request, pageToken });
    expect(toBinary(ListManifestsResponseSchema, answer).length).toBeLessThan(FOUR_MIB);
    all.push(answer.manifests);
    pageToken = answer.nextPageToken;
    await between?.();
  } while (pageToken !== '');
  return all;
}

const objectsOf = (count: number, keyBytes: number) =>
  Array.from({ length: count }, (_, i) => ({
    key: String(i).padEnd(keyBytes, '-'),
    sizeBytes: BigInt(i),
  }));

describe('ListManifests', () => {
  const names = [
    ...Array.from({ length: 250 }, (_, i) => `n${String(i).padStart(3, '0')}`),
    'a',
    'a-b',
    'a/b',
    'a.b',
    'z\uff5e',
    'z\u{10000}',
  ];
  let registry: Registry;
  let service: Service;

  beforeAll(async () => {
    registry = await openRegistry();
    for (const name of names) await registry.register(registerCall({ name }), patient);
    service = await open(registry);
  });
  afterAll(() => service.stop());

  it.each([0, 1, 7, 100, 255, 256, 1_000, 2_000_000_000])(
    'shows every name once, in byte order, with page size %i',
    async (pageSize) => {
      const all = await pages(service, { pageSize, view: BASIC });
      expect(all.flat().map(({ name }) => name)).toEqual([...names].sort(bytewise));
      const size = Math.min(pageSize || 100, 1_000);
      for (const page of all.slice(0, -1)) expect(page).toHaveLength(size);
      expect(all).toHaveLength(Math.ceil(names.length / size));
    },
  );

  it('leaves out the objects in BASIC and says so; FULL is the default', async () => {
    const [[basic] = []] = await pages(service, { pageSize: 1, prefix: 'a', view: BASIC });
    expect(basic).toMatchObject({ objects: [], objectsOmitted: true, objectCount: 1n });
    const [[full] = []] = await pages(service, { pageSize: 1, prefix: 'a' });
    expect(full).toMatchObject({ objects: [{ sizeBytes: 10n }], objectsOmitted: false });
  });

  it('filters by prefix, byte for byte', async () => {
    const all = await pages(service, { prefix: 'a', pageSize: 2 });
    expect(all.flat().map(({ name }) => name)).toEqual(['a', 'a-b', 'a.b', 'a/b']);
    expect((await pages(service, { prefix: 'A' })).flat()).toEqual([]);
    expect((await pages(service, { prefix: 'n24', pageSize: 3 })).flat()).toHaveLength(10);
  });

  it('shows each name that is there throughout exactly once, though others come between', async () => {
    let added = 0;
    const all = await pages(service, { prefix: 'n', pageSize: 50, view: BASIC }, async () => {
      for (const where of ['n0', 'n1', 'n2', 'n9']) {
        await registry.register(registerCall({ name: `${where}-new${added++}` }), patient);
      }
    });
    const seen = all.flat().map(({ name }) => name);
    expect(seen.filter((name) => !name.includes('new'))).toEqual(
      names.filter((name) => name.startsWith('n')),
    );
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('takes a token with the same arguments only, whatever the page size', async () => {
    const { nextPageToken: pageToken } = await service.client.listManifests({ pageSize: 1 });
    const next = await service.client.listManifests({ pageToken, pageSize: 2 });
    expect(next.manifests).toHaveLength(2);
    for (const other of [{ prefix: 'n' }, { view: BASIC }]) {
      await expect(service.client.listManifests({ pageToken, ...other })).rejects.toThrow(
        'other arguments',
      );
    }
    await expect(service.client.listObjects({ name: 'a', pageToken })).rejects.toThrow(
      'other arguments',
    );
  });

  it('takes a token at another replica', async () => {
    const store = createMemoryStore();
    const one = await openRegistry({ store });
    for (const name of ['x', 'y']) await one.register(registerCall({ name }), patient);
    const [first, second] = [await open(one), await open(await openRegistry({ store }))];
    const { nextPageToken: pageToken } = await first.client.listManifests({ pageSize: 1 });
    const { manifests } = await second.client.listManifests({ pageToken });
    expect(manifests.map(({ name }) => name)).toEqual(['y']);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('looks at a bounded number of names for a page, and finds the one that fits behind them', async () => {
    const many = await openRegistry();
    const calls = Array.from({ length: 2_000 }, (_, i) => registerCall({ name: `n${i}` }));
    const labels = new Map([['team', 'ops']]);
    for (const call of [...calls, registerCall({ name: 'z', labels })]) {
      await many.register(call, patient);
    }
    const other = await open(many);
    const all = await pages(other, { filter: { labelKeys: ['team'] }, view: BASIC });
    expect(all.map((page) => page.map(({ name }) => name))).toEqual([[], ['z']]);
    await other.stop();
  });

  it('shows each name once, those that cannot be read as such, however many these are', async () => {
    const some = await openRegistry();
    const readable = ['a', 'u050-', 'v'];
    for (const name of readable) await some.register(registerCall({ name }), patient);
    const unreadable = Array.from({ length: 150 }, (_, i) => `u${String(i).padStart(3, '0')}`);
    Object.defineProperty(some, 'quarantined', { value: unreadable });
    const other = await open(some);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const answer = await other.client.listManifests({ pageToken });
      seen.push(...answer.manifests.map(({ name }) => name), ...answer.unreadableNames);
      pageToken = answer.nextPageToken;
    } while (pageToken !== '');
    expect(seen.sort(bytewise)).toEqual([...readable, ...unreadable].sort(bytewise));
    await other.stop();
  });

  it.each(['x', 'W10', 'W10=', Buffer.from('[1]').toString('base64url'), 'a'.repeat(20_000)])(
    'refuses the token %j',
    async (pageToken) => {
      await expect(service.client.listManifests({ pageToken })).rejects.toThrow('page_token');
    },
  );
});

describe('answers stay below 4 MiB', () => {
  let registry: Registry;
  let service: Service;

  beforeAll(async () => {
    registry = await openRegistry();
    service = await open(registry);
    // 12 manifests of 1 MB, and one that is too large for any answer.
    for (let i = 0; i < 12; i++) {
      const call = registerCall({ name: `big${i}`, objects: objectsOf(1_000, 1_000) });
      await registry.register(call, patient);
    }
    await service.client.registerManifest({
      name: 'huge',
      schemaFingerprint: 'fp',
      objects: objectsOf(5_000, 1_000),
    });
  });
  afterAll(() => service.stop());

  it('in lists: pages are cut by bytes, and what is too large comes without its objects', async () => {
    const all = await pages(service, { pageSize: 1_000 });
    expect(all).toHaveLength(3);
    expect(all.flat()).toHaveLength(13);
    const huge = all.flat().find(({ name }) => name === 'huge');
    expect(huge).toMatchObject({ objects: [], objectsOmitted: true, objectCount: 5_000n });
    for (const manifest of all.flat()) {
      if (manifest !== huge) expect(manifest.objects).toHaveLength(1_000);
    }
  });

  it('in batches: the first ones come whole, the others without their objects', async () => {
    const names = ['huge', ...Array.from({ length: 12 }, (_, i) => `big${i}`), 'absent', 'big0'];
    const { manifests, missingNames } = await service.client.batchGetManifests({ names });
    expect(missingNames).toEqual(['absent']);
    expect(manifests.map(({ name }) => name)).toEqual(names.filter((n) => n !== 'absent'));
    const whole = manifests.filter(({ objectsOmitted }) => !objectsOmitted);
    expect(whole.map(({ name }) => name)).toEqual(['big0', 'big1', 'big2', 'big3']);
    expect(manifests[0]?.objectsOmitted).toBe(true);
  });

  it('in the answer to a register', async () => {
    const { manifest, existing } = await service.client.registerManifest({
      name: 'huge',
      schemaFingerprint: 'fp',
      objects: objectsOf(5_000, 1_000),
    });
    expect(existing).toBe(true);
    expect(manifest).toMatchObject({ objects: [], objectsOmitted: true, objectCount: 5_000n });
  });

  it('in BASIC Get of the one that is too large', async () => {
    const { manifest } = await service.client.getManifest({ name: 'huge', view: BASIC });
    expect(manifest).toMatchObject({ objectCount: 5_000n, totalSizeBytes: 12_497_500n });
  });

  it('in ListObjects, which pages through all of them, in order', async () => {
    const seen: string[] = [];
    let pageToken = '';
    do {
      const answer = await service.client.listObjects({ name: 'huge', pageSize: 1_000, pageToken });
      expect(toBinary(ListObjectsResponseSchema, answer).length).toBeLessThan(FOUR_MIB);
      expect(answer.version).toBe(2n);
      seen.push(...answer.objects.map(({ key }) => key));
      pageToken = answer.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(objectsOf(5_000, 1_000).map(({ key }) => key));
  });

  it('though 100 manifests with the largest heads are asked for at once', async () => {
    const labels = new Map(
      Array.from({ length: 64 }, (_, i) => [String(i).padEnd(63, 'k'), 'v'.repeat(256)] as const),
    );
    const names = Array.from({ length: 100 }, (_, i) => String(i).padStart(240, 'n'));
    const schemaFingerprint = 'f'.repeat(256);
    for (const name of names) {
      await registry.register(registerCall({ name, schemaFingerprint, labels }), patient);
    }
    const { manifests } = await service.client.batchGetManifests({ names });
    expect(manifests).toHaveLength(100);
  });
});

describe('BatchGetManifests', () => {
  it.each([0, 101])('refuses %i names', async (count) => {
    const service = await open(await openRegistry());
    const names = Array.from({ length: count }, (_, i) => `n${i}`);
    await expect(service.client.batchGetManifests({ names })).rejects.toThrow('1 to 100');
    await service.stop();
  });

  it('names the bad one among the names', async () => {
    const service = await open(await openRegistry());
    const names = ['ok', '/'];
    await expect(service.client.batchGetManifests({ names })).rejects.toThrow('names[1]');
    await service.stop();
  });
});
