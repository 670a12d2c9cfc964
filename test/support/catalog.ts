import type { Caller, RegisterCall } from '../../src/catalog/call.ts';
import type { LeftBecause } from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { NameScope } from '../../src/catalog/name-scope.ts';
import { Registry } from '../../src/catalog/registry.ts';
import type { RegistryOptions } from '../../src/catalog/registry-options.ts';
import { decodeManifest } from '../../src/manifest/decode.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { FakeRuntime } from './fake-runtime.ts';

/** A log that nobody reads. */
export const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

/** A loaded registry over a memory store, unless the options say otherwise. */
export async function openRegistry(options: Partial<RegistryOptions> = {}): Promise<Registry> {
  const registry = new Registry({
    store: createMemoryStore(),
    codec: protobufViews,
    runtime: new FakeRuntime(),
    log: silentLog,
    shared: false,
    ...options,
  });
  await registry.rehydrate();
  return registry;
}

/** A caller that waits for ever. */
export const patient: Caller = {
  reads: NameScope.all,
  signal: new AbortController().signal,
  leftBecause: () => 'canceled',
};

/** A caller that can be made to leave. */
export function leavingCaller(because: LeftBecause) {
  const controller = new AbortController();
  const caller: Caller = {
    signal: controller.signal,
    leftBecause: () => because,
    reads: NameScope.all,
  };
  return { caller, leave: () => controller.abort() };
}

/** A call of RegisterManifest with one object, unless told otherwise. */
export function registerCall(changes: Partial<RegisterCall> = {}): RegisterCall {
  return {
    name: 'sales/orders',
    schemaFingerprint: 'fp-1',
    objects: [{ key: 's3://lake/orders/0.parquet', sizeBytes: 10n }],
    expectedEtag: '',
    requestId: '',
    validateOnly: false,
    ...changes,
  };
}

/** The manifest file of a name, as the store has it. */
export async function storedFile(store: Store, name: string) {
  const object = await store.get(manifestKey(name));
  return object && (await decodeManifest(object.body));
}
