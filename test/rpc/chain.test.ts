import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { GetManifestRequestSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { Registry } from '../../src/catalog/registry.ts';
import { Admission } from '../../src/rpc/admission.ts';
import { catalogMethods } from '../../src/rpc/catalog-service.ts';
import { INDEX_AGE_HEADER } from '../../src/rpc/chain.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { incomingCall } from '../support/incoming-call.ts';

/** One GetManifest of an empty, shared catalog: its headers, and the levels that it logged at. */
async function get({ loaded }: { loaded: boolean }) {
  const logged: string[] = [];
  const line = (level: string) => () => void logged.push(level);
  const log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
  const runtime = new FakeRuntime();
  const store = createMemoryStore();
  const registry = new Registry({ store, codec: protobufViews, runtime, log, shared: true });
  if (loaded) await registry.rehydrate();
  runtime.advance(1_234.5);
  const methods = catalogMethods({
    admission: Admission.open,
    registry,
    log,
    defaultTimeoutMs: 1_000,
    observe: () => {},
    monotonic: () => 0,
  });
  const { call, headers } = incomingCall();
  await expect(
    methods.getManifest(create(GetManifestRequestSchema, { name: 'a' }), call),
  ).rejects.toThrow();
  return { headers, logged };
}

describe('the chain round every handler', () => {
  it('says how old the index is, rounded up, on refusals too', async () => {
    const { headers } = await get({ loaded: true });
    expect(headers.get(INDEX_AGE_HEADER)).toBe('1235');
  });

  it('claims no age before the catalog is loaded, and does not fill the log meanwhile', async () => {
    const { headers, logged } = await get({ loaded: false });
    expect(headers.has(INDEX_AGE_HEADER)).toBe(false);
    expect(logged).toEqual(['debug']);
  });
});
