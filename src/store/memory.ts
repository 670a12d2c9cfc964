import { PreconditionFailedError, StoreUnavailableError } from './errors.ts';
import { checkKey } from './key.ts';
import type { ListedObject, PutMode, PutResult, Store, StoredObject } from './store.ts';

/**
 * A store in this process's memory, for tests and for trying things out: it is gone with the
 * process. Keeps every promise of {@link Store} but durability. Bodies are copied in and out.
 *
 * @param clock the store's clock, in milliseconds since 1970.
 */
export function createMemoryStore(clock: () => number = Date.now): Store {
  const objects = new Map<string, StoredObject & { readonly modifiedMs: number }>();
  let writes = 0;
  let closed = false;

  const checkCall = (key: string) => {
    checkKey(key);
    checkOpen();
  };
  const checkOpen = () => {
    if (closed) throw new StoreUnavailableError('the memory store is closed');
  };

  return {
    url: 'memory:',
    rootUri: undefined,
    exclusive: true,

    async get(key: string): Promise<StoredObject | undefined> {
      checkCall(key);
      const object = objects.get(key);
      return object && { body: object.body.slice(), etag: object.etag };
    },

    async put(key: string, body: Uint8Array, mode: PutMode): Promise<PutResult> {
      checkCall(key);
      const current = objects.get(key)?.etag;
      if (mode.kind === 'create' && current !== undefined) {
        throw new PreconditionFailedError(`${key} exists, with etag ${current}`);
      }
      if (mode.kind === 'replace' && current !== mode.etag) {
        throw new PreconditionFailedError(`${key} has etag ${current ?? 'none'}, not ${mode.etag}`);
      }
      writes += 1;
      const etag = `${writes}`;
      objects.set(key, { body: new Uint8Array(body), etag, modifiedMs: clock() });
      return { etag };
    },

    async *list(prefix: string): AsyncGenerator<readonly ListedObject[]> {
      checkOpen();
      const page: ListedObject[] = [];
      for (const [key, { etag, body, modifiedMs }] of objects) {
        if (!key.startsWith(prefix)) continue;
        page.push({ key, etag, sizeBytes: body.byteLength, modifiedMs });
      }
      yield page;
    },

    async delete(key: string): Promise<void> {
      checkCall(key);
      objects.delete(key);
    },

    async close(): Promise<void> {
      closed = true;
      objects.clear();
    },
  };
}
