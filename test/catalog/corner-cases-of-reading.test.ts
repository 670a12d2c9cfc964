import { describe, expect, it } from '@jest/globals';
import { Registry } from '../../src/catalog/registry.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import {
  leavingCaller,
  openRegistry,
  patient,
  registerCall,
  silentLog,
} from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore } from '../support/faulty-store.ts';

const name = 'sales/orders';

describe('paging through the objects of a version', () => {
  it('goes on at a replica whose index is not that far: the version is not gone', async () => {
    const store = createMemoryStore();
    const there = await openRegistry({ store, shared: true });
    await there.register(registerCall(), patient);
    const here = await openRegistry({ store, shared: true });
    await there.register(registerCall(), patient);
    const { version } = await there.objects(name, undefined, 0, patient);
    expect(version).toBe(2n);
    expect((await here.objects(name, version, 1, patient)).version).toBe(2n);
  });
});

describe('rehydrate', () => {
  it('outlives a passing fault however long the loading has taken (R10)', async () => {
    const beneath = createMemoryStore();
    await (await openRegistry({ store: beneath })).register(registerCall(), patient);
    const store = new FaultyStore(beneath);
    const runtime = new FakeRuntime();
    store.getFaults = [
      async () => {
        // All that was read before this one, in a catalog of many manifests.
        runtime.advance(300_000);
        throw new StoreUnavailableError('one lost connection');
      },
    ];
    const registry = new Registry({
      store,
      codec: protobufViews,
      runtime,
      log: silentLog,
      shared: false,
    });
    await expect(registry.rehydrate({ withinMs: 60_000 })).resolves.toMatchObject({ manifests: 1 });
  });
});

describe('a caller that was told OUTCOME_UNKNOWN', () => {
  it('is answered from the store until the outcome is decided (R15)', async () => {
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store, shared: true });
    await registry.register(registerCall(), patient);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: landed, resolve: onLanded } = Promise.withResolvers<void>();
    store.putFaults = [
      async ({ pass }) => {
        const answer = await pass();
        onLanded();
        await gate;
        return answer;
      },
    ];
    const { caller, leave } = leavingCaller('deadline');
    const left = registry.register(registerCall({ rowCount: 5n }), caller);
    await landed;
    leave();
    await expect(left).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    expect((await registry.get(name, patient)).version).toBe(2n);
    open();
    await registry.idle();
  });
});
