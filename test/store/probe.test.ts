import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eachListed } from '../../src/store/each-listed.ts';
import {
  OutcomeUnknownError,
  PreconditionFailedError,
  StoreConfigError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { ProbeError, probeStore } from '../../src/store/probe.ts';
import { openS3Store } from '../../src/store/s3.ts';
import type { ListedObject, PutMode, Store } from '../../src/store/store.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';

/** A memory store with some calls replaced. */
function broken(change: (store: Store) => Partial<Store>): Store {
  const store = createMemoryStore();
  const bound: Store = {
    url: store.url,
    rootUri: store.rootUri,
    exclusive: false,
    get: (key) => store.get(key),
    put: (key, body, mode) => store.put(key, body, mode),
    list: (prefix) => store.list(prefix),
    delete: (key) => store.delete(key),
    close: () => store.close(),
  };
  return { ...bound, ...change(bound) };
}

const overwrite: PutMode = { kind: 'overwrite' };
const tick = () => new Promise((resolve) => setImmediate(resolve));

const LACKING: Readonly<Record<string, [string, (store: Store) => Partial<Store>]>> = {
  'ignores all conditions': [
    'create-refuses-existing',
    (store) => ({ put: (key, body) => store.put(key, body, overwrite) }),
  ],
  'ignores If-Match': [
    'replace-refuses-stale',
    (store) => ({
      put: (key, body, mode) => store.put(key, body, mode.kind === 'replace' ? overwrite : mode),
    }),
  ],
  'answers success for If-Match on a missing key': [
    'replace-refuses-missing',
    (store) => ({
      async put(key, body, mode) {
        const missing = mode.kind === 'replace' && (await store.get(key)) === undefined;
        return store.put(key, body, missing ? overwrite : mode);
      },
    }),
  ],
  'creates without atomicity': [
    'concurrent-create-has-one-winner',
    (store) => ({
      async put(key, body, mode) {
        if (mode.kind !== 'create') return store.put(key, body, mode);
        if ((await store.get(key)) !== undefined) throw new PreconditionFailedError('412');
        await tick();
        return store.put(key, body, overwrite);
      },
    }),
  ],
  'replaces without atomicity': [
    'concurrent-replace-has-one-winner',
    (store) => ({
      async put(key, body, mode) {
        if (mode.kind !== 'replace') return store.put(key, body, mode);
        if ((await store.get(key))?.etag !== mode.etag) throw new PreconditionFailedError('412');
        await tick();
        return store.put(key, body, overwrite);
      },
    }),
  ],
  'answers 501 to conditions': [
    'create-refuses-existing',
    (store) => ({
      async put(key, body, mode) {
        if (mode.kind !== 'overwrite') throw new StoreUnavailableError('501 NotImplemented');
        return store.put(key, body, mode);
      },
    }),
  ],
  'refuses the etag that it gave': [
    'replace-accepts-current',
    (store) => ({
      async put(key, body, mode) {
        if (mode.kind === 'replace') throw new PreconditionFailedError('412');
        return store.put(key, body, mode);
      },
    }),
  ],
  'shows old lists': [
    'list-after-write',
    (store) => {
      let last: ListedObject[] = [];
      return {
        async *list(prefix) {
          const shown = last;
          last = [];
          for await (const object of eachListed(store, prefix)) last.push(object);
          yield shown;
        },
      };
    },
  ],
  'shows old content': [
    'read-after-write',
    (store) => {
      const cache = new Map<string, ReturnType<Store['get']>>();
      return {
        get(key) {
          const read = cache.get(key) ?? store.get(key);
          cache.set(key, read);
          return read;
        },
      };
    },
  ],
};

async function left(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of eachListed(store, '')) keys.push(key);
  return keys;
}

describe('probeStore', () => {
  it('accepts a healthy store and leaves nothing behind', async () => {
    const store = createMemoryStore();
    await store.put('_catalog/manifests/a.parquet', new Uint8Array(1), overwrite);
    await probeStore(store, 'id');
    expect(await left(store)).toEqual(['_catalog/manifests/a.parquet']);
  });

  it.each(Object.entries(LACKING))('refuses a store that %s', async (_, [property, change]) => {
    const store = broken(change);
    const refused = await probeStore(store, 'id').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProbeError);
    expect(refused).toBeInstanceOf(StoreConfigError);
    expect(refused).toMatchObject({ property, message: expect.stringContaining(property) });
  });

  it('cleans up after a refusal too', async () => {
    const store = broken((beneath) => ({
      put: (key, body) => beneath.put(key, body, overwrite),
    }));
    await expect(probeStore(store, 'id')).rejects.toThrow('--exclusive');
    expect(await left(store)).toEqual([]);
  });

  it('does not take a store that is away for one that lacks something', async () => {
    const store = broken(() => ({
      async put() {
        throw new StoreUnavailableError('connection refused');
      },
    }));
    const failed = await probeStore(store, 'id').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StoreUnavailableError);
  });

  it('does not take passing faults for a lack: neither at a put nor in a race', async () => {
    let puts = 0;
    const store = broken((beneath) => ({
      put(key, body, mode) {
        puts++;
        // Once at a conditional put, once at a whole race.
        const fails = puts === 3 || key.endsWith('create-race-1');
        if (fails) throw new StoreUnavailableError('503');
        return beneath.put(key, body, mode);
      },
    }));
    await expect(probeStore(store, 'id')).rejects.toThrow(StoreUnavailableError);
    const lost = broken((beneath) => ({
      async put(key, body, mode) {
        const answer = await beneath.put(key, body, mode);
        if (key.endsWith('race-1')) throw new OutcomeUnknownError('reset');
        return answer;
      },
    }));
    await expect(probeStore(lost, 'id')).rejects.toThrow(OutcomeUnknownError);
  });

  it('may run at several replicas at once', async () => {
    const store = createMemoryStore();
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => probeStore(store, id)));
    expect(await left(store)).toEqual([]);
  });
});

describe('over S3', () => {
  let double: S3Double;
  const env = { ...process.env };
  beforeAll(async () => {
    double = await startS3Double({ bucket: 'lake', accessKeyId: 'a', secretAccessKey: 's' });
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' });
  });
  afterAll(async () => {
    process.env = env;
    await double.close();
  });
  const open = (more = '') =>
    openS3Store(`s3://lake/p?endpoint=${double.endpoint}&region=us-east-1&path_style=true${more}`);

  it('accepts a server that keeps the rules', async () => {
    const store = await open();
    await probeStore(store, 'id');
    expect(double.objects.size).toBe(0);
    await store.close();
  });

  it('finds out that a server wants bare etags, unless the URL says which', async () => {
    double.fault = ({ headers }) =>
      String(headers['if-match'] ?? '').startsWith('"')
        ? { status: 412, when: 'before', code: 'PreconditionFailed' }
        : undefined;
    const store = await open();
    await probeStore(store, 'id');
    const fixed = await open('&if_match=quoted');
    await expect(probeStore(fixed, 'id2')).rejects.toThrow('replace-accepts-current');
    double.fault = () => undefined;
    await Promise.all([store.close(), fixed.close()]);
  });
});
