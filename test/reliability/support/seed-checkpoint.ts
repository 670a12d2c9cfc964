import { createHash } from 'node:crypto';
import { Registry } from '../../../src/catalog/registry.ts';
import { protobufViews } from '../../../src/rpc/views.ts';
import { systemRuntime } from '../../../src/server/system-runtime.ts';
import { openS3Store } from '../../../src/store/s3.ts';
import type { Store } from '../../../src/store/store.ts';

/** How long that may take. */
const PATIENCE_MS = 60 * 60_000;
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Adds the checkpoint that a replica would leave, so that one which starts need not ask the S3 server for
 * each manifest by itself.
 *
 * @param url the store, as the service is told.
 * @param prefix of the keys in the bucket.
 */
export async function seedCheckpoint(
  objects: Map<string, Buffer>,
  url: string,
  prefix: string,
): Promise<void> {
  const s3 = await openS3Store(url);
  const store = inMemory(objects, s3, prefix);
  const parts = { store, codec: protobufViews, runtime: systemRuntime, log: QUIET };
  const registry = new Registry({ ...parts, shared: false });
  await registry.rehydrate({ withinMs: PATIENCE_MS });
  await registry.checkpoint();
  await s3.close();
}

/** The same bucket without the network. */
function inMemory(objects: Map<string, Buffer>, s3: Store, prefix: string): Store {
  const etagOf = (body: Uint8Array) => createHash('md5').update(body).digest('hex');
  return {
    url: s3.url,
    rootUri: s3.rootUri,
    exclusive: true,
    async get(key) {
      const body = objects.get(prefix + key);
      return body && { body, etag: etagOf(body) };
    },
    async put(key, body) {
      objects.set(prefix + key, Buffer.from(body));
      return { etag: etagOf(body) };
    },
    async *list(wanted) {
      for (const [key, body] of objects) {
        if (!key.startsWith(prefix + wanted)) continue;
        yield [{ key: key.slice(prefix.length), etag: etagOf(body), sizeBytes: body.length }];
      }
    },
    async delete(key) {
      objects.delete(prefix + key);
    },
    close: async () => {},
  };
}
