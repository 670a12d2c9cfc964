import { datasetIdForName } from '../../src/catalog/dataset-id.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { Patience } from '../../src/maintenance/patience.ts';
import { decodeManifest } from '../../src/manifest/decode.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import type { Manifest, ManifestFile } from '../../src/manifest/manifest.ts';
import { eachListed } from '../../src/store/each-listed.ts';
import type { Store } from '../../src/store/store.ts';
import { craft, type Row } from '../manifest/craft.ts';
import { sample } from '../manifest/samples.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';

/** A manifest file whose id is that of its name. */
export function fileOf(
  name: string,
  overrides: Partial<Manifest> = {},
  rest: Partial<Omit<ManifestFile, 'manifest'>> = {},
): ManifestFile {
  return sample({ name, datasetId: datasetIdForName(name), ...overrides }, rest);
}

/** Puts manifest files where they belong. */
export async function fill(store: Store, files: readonly ManifestFile[]): Promise<void> {
  for (const file of files) {
    const key = manifestKey(file.manifest.name);
    await store.put(key, encodeManifest(file), { kind: 'overwrite' });
  }
}

/** Puts a manifest where it belongs that a newer catalogd wrote, and that this one only reads. */
export async function fillNewer(store: Store, name: string, more: Row = {}): Promise<void> {
  const row = { name, dataset_id: datasetIdForName(name), min_writer: 3, ...more };
  await store.put(manifestKey(name), craft({ row }), { kind: 'create' });
}

/** Waits that take no time. */
export function patience(withinMs = 10_000): Patience {
  return new Patience(new FakeRuntime(), withinMs);
}

/** Everything that a store holds below `_catalog/`, by key. */
export async function contentOf(store: Store): Promise<Map<string, string>> {
  const content = new Map<string, string>();
  for await (const { key } of eachListed(store, '_catalog/')) {
    const object = await store.get(key);
    content.set(key, Buffer.from(object?.body ?? '').toString('base64'));
  }
  return new Map([...content].sort());
}

/** All manifests of a store as they stand in their files, by key. */
export async function filesOf(store: Store): Promise<Map<string, ManifestFile>> {
  const files = new Map<string, ManifestFile>();
  for await (const { key } of eachListed(store, '_catalog/')) {
    const object = await store.get(key);
    if (object !== undefined) files.set(key, await decodeManifest(object.body));
  }
  return files;
}

/** The bytes of a text, in one chunk. */
export async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
