import { describe, expect, it } from '@jest/globals';
import {
  ErrCorruptManifest,
  ErrInvalidArgument,
  ErrManifestNotFound,
  ErrStoreUnavailable,
  ErrTooBusy,
} from '../../src/catalog/errors.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import type { ReadOptions } from '../../src/catalog/read-options.ts';
import { eachListed } from '../../src/store/each-listed.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openRegistry, patient, registerCall } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';

const name = 'sales/orders';
const down = new StoreUnavailableError('connection refused');
const strong: ReadOptions = { strong: true, minVersion: 0n, showDeleted: false };
const atLeast = (minVersion: bigint): ReadOptions => ({
  strong: false,
  minVersion,
  showDeleted: false,
});

/** Two replicas over one store, of which the second is the one looked at. */
async function setUp() {
  const beneath = createMemoryStore();
  const alarms: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (_: object, message: string) => alarms.push(message),
  };
  const runtime = new FakeRuntime();
  const store = new FaultyStore(beneath);
  const there = await openRegistry({ store: beneath, shared: true });
  const write = (changes = {}) => there.register(registerCall(changes), patient);
  await write();
  const here = await openRegistry({ store, runtime, shared: true, log });
  const version = async (freshness?: ReadOptions) =>
    (await here.get(name, patient, freshness)).version;
  const calls = (kind: string) => store.calls.filter((call) => call.startsWith(kind)).length;
  return { beneath, store, runtime, alarms, there, here, write, version, calls };
}

describe('refresh', () => {
  it('brings in what another replica created and changed, and reads only that', async () => {
    const { here, write, version, calls } = await setUp();
    await write();
    await write({ name: 'new' });
    expect(await version()).toBe(1n);
    const before = calls('get');
    await here.refresh();
    expect(await version()).toBe(2n);
    expect([...(await here.scan('', undefined, patient))].map((e) => e.name)).toEqual([
      'new',
      name,
    ]);
    expect(calls('get') - before).toBe(2);
    await here.refresh();
    expect(calls('get') - before).toBe(2);
  });

  it('takes a listing for a hint only: a name that it does not show is looked for', async () => {
    const { store, here, version, alarms } = await setUp();
    store.list = async function* () {};
    await here.refresh();
    expect(await version()).toBe(1n);
    expect(alarms).toEqual([]);
  });

  it('does not go back to what an old listing shows', async () => {
    const { beneath, store, here, write, version } = await setUp();
    const old: { key: string; etag: string; sizeBytes: number }[] = [];
    for await (const object of eachListed(beneath, '')) old.push(object);
    await write();
    await here.refresh();
    store.list = async function* () {
      yield old;
    };
    await here.refresh();
    expect(await version()).toBe(2n);
  });

  it('does not go back to what a read shows that began before a write of its own', async () => {
    const { store, here, version } = await setUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: read, resolve: onRead } = Promise.withResolvers<void>();
    store.getFaults = [
      async ({ pass }) => {
        const stale = await pass();
        onRead();
        await gate;
        return stale;
      },
    ];
    const slow = here.get(name, patient, strong);
    await read;
    await here.register(registerCall(), patient);
    open();
    expect((await slow).version).toBe(1n);
    expect(await version()).toBe(2n);
  });

  it('honours that a file was removed behind our back, once a read confirms it, with an alarm', async () => {
    const { beneath, here, version, alarms } = await setUp();
    await beneath.delete(manifestKey(name));
    expect(await version()).toBe(1n);
    await here.refresh();
    await expect(version()).rejects.toThrow(ErrManifestNotFound);
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toContain('removed behind our back');
  });

  it('honours an older version that was put back, with an alarm', async () => {
    const { beneath, here, write, version, alarms } = await setUp();
    const backup = await beneath.get(manifestKey(name));
    await write();
    await here.refresh();
    await beneath.put(manifestKey(name), backup?.body as Uint8Array, { kind: 'overwrite' });
    await here.refresh();
    expect(await version()).toBe(1n);
    expect(alarms).toHaveLength(1);
  });

  it('serves the last good manifest to weak reads when the file is damaged; the rest is DATA_LOSS', async () => {
    const { beneath, here, version, alarms, write } = await setUp();
    await beneath.put(manifestKey(name), new Uint8Array(99), { kind: 'overwrite' });
    await write({ name: 'healthy' });
    await here.refresh();
    expect(alarms).toHaveLength(1);
    expect(await version()).toBe(1n);
    expect(here.size).toBe(2);
    await expect(version(strong)).rejects.toThrow(ErrCorruptManifest);
    await expect(here.register(registerCall(), patient)).rejects.toThrow(ErrCorruptManifest);
  });

  it('does not pass for complete when too many reads wait already', async () => {
    const { store, runtime, here, write, version } = await setUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.always = ({ kind, pass }) => (kind === 'get' ? gate.then(pass) : pass());
    // As many as are read at once, and as many as may wait.
    const reads = Array.from({ length: 64 + 10_000 }, (_, i) => here.get(`none-${i}`, patient));
    const settled = Promise.allSettled(reads);
    // The reads ask the limiter for their places one turn later.
    await new Promise((resolve) => setImmediate(resolve));
    await write();
    runtime.advance(5_000);
    await expect(here.refresh()).rejects.toThrow(ErrTooBusy);
    expect(here.ageMs).toBe(5_000);
    open();
    await settled;
    await here.refresh();
    expect(await version()).toBe(2n);
    expect(here.ageMs).toBe(0);
  });

  it('tells how old the index is: honestly, while the store is away', async () => {
    const { store, runtime, here } = await setUp();
    const age = here.ageMs ?? Number.NaN;
    runtime.advance(5_000);
    expect(here.ageMs).toBe(age + 5_000);
    store.always = failBefore(down);
    await expect(here.refresh()).rejects.toThrow();
    expect(here.ageMs).toBe(age + 5_000);
    store.always = ({ pass }) => pass();
    await here.refresh();
    expect(here.ageMs).toBe(0);
  });

  it('counts the age from the beginning of a refresh, not from its end', async () => {
    const { store, runtime, here } = await setUp();
    store.always = async ({ kind, pass }) => {
      if (kind === 'list') runtime.advance(700);
      return pass();
    };
    await here.refresh();
    expect(here.ageMs).toBe(700);
  });

  it('does not take a refresh that spanned an outage for a usual one', async () => {
    const { store, runtime, here } = await setUp();
    const seen: number[] = [];
    const controller = new AbortController();
    let takesMs = 1_000;
    store.always = async ({ kind, pass }) => {
      if (kind === 'list') runtime.advance(takesMs);
      return pass();
    };
    runtime.sleep = async (ms: number) => {
      if (ms === 0) return;
      runtime.advance(ms);
      seen.push(here.overdueMs);
      takesMs = [1_000, 300_000, 1_000, 300_000][seen.length] ?? 1_000;
      if (seen.length === 4) controller.abort();
    };
    await here.follow(30_000, controller.signal);
    // After the first long one the index is younger than 10 s, a pause and 10 s; and so after the second.
    expect(seen).toEqual([0, 300_000 + 30_000 - 50_000, 0, 300_000 + 30_000 - 50_000]);
  });

  it('counts as overdue what it is older than its refreshes usually make it', async () => {
    const { store, runtime, here } = await setUp();
    const seen: [number, number][] = [];
    const controller = new AbortController();
    let isDown = false;
    store.always = async ({ kind, pass }) => {
      if (isDown) throw down;
      if (kind === 'list') runtime.advance(10_000);
      return pass();
    };
    runtime.sleep = async (ms: number) => {
      if (ms === 0) return;
      runtime.advance(ms);
      seen.push([here.ageMs ?? 0, here.overdueMs]);
      isDown = seen.length > 2;
      if (seen.length === 5) controller.abort();
    };
    await here.follow(20_000, controller.signal);
    // A refresh of 10 s, a pause of 20 s, and the next refresh: 40 s are usual.
    expect(seen).toEqual([
      [30_000, 0],
      [30_000, 0],
      [30_000, 0],
      [50_000, 10_000],
      [70_000, 30_000],
    ]);
  });

  it('is not complete while a changed manifest could not be read', async () => {
    const { store, runtime, here, write } = await setUp();
    runtime.advance(1_000);
    await write();
    store.getFaults = [failBefore(down)];
    await expect(here.refresh()).rejects.toThrow(ErrStoreUnavailable);
    expect(here.ageMs).toBeGreaterThanOrEqual(1_000);
  });

  /** The pauses of a replica that follows twice a second, with so many milliseconds for each step. */
  async function pausesWith({ page = 0, pages = 1, get = 0, isDown = false }) {
    const { store, runtime, here, write } = await setUp();
    const pauses: number[] = [];
    const controller = new AbortController();
    await write();
    store.always = async ({ kind, pass }) => {
      if (kind === 'get') runtime.advance(get);
      if (isDown) throw down;
      return pass();
    };
    const list = store.list.bind(store);
    store.list = async function* (prefix) {
      for (let i = 1; i < pages; i++) {
        runtime.advance(page);
        yield [];
      }
      runtime.advance(page);
      yield* list(prefix);
    };
    runtime.sleep = async (pause: number) => {
      pauses.push(pause);
      if (pauses.length === 3) controller.abort();
    };
    await here.follow(500, controller.signal);
    return pauses;
  }

  it('spends no more than a third of the time on listing, and ends with its signal', async () => {
    expect(await pausesWith({ page: 300, pages: 6 })).toEqual([3_600, 3_600, 3_600]);
  });

  it('counts neither reads nor a store that does not answer as listing', async () => {
    expect(await pausesWith({ page: 100, get: 9_000 })).toEqual([500, 500, 500]);
    expect(await pausesWith({ page: 9_000, isDown: true })).toEqual([500, 500, 500]);
    // It answers in the end, as after an outage: then the next listing has waited for long enough.
    expect(await pausesWith({ page: 40_000 })).toEqual([2_000, 2_000, 2_000]);
  });

  it('pauses for no longer than half a minute, however long the listing', async () => {
    expect(await pausesWith({ page: 600, pages: 100 })).toEqual([30_000, 30_000, 30_000]);
  });

  it('goes on after a refresh that failed', async () => {
    const { store, runtime, here } = await setUp();
    const controller = new AbortController();
    let lists = 0;
    store.always = async ({ pass }) => {
      if (++lists === 1) throw down;
      return pass();
    };
    runtime.sleep = async () => {
      if (lists === 2) controller.abort();
    };
    await here.follow(1_000, controller.signal);
    expect(lists).toBe(2);
  });
});

describe('a strong read', () => {
  it('sees what was acknowledged before, through whichever replica', async () => {
    const { write, version } = await setUp();
    await write();
    expect(await version(strong)).toBe(2n);
    // And from then on weak reads here do too: memory never goes back.
    expect(await version()).toBe(2n);
  });

  it('does not join a read that is in flight already', async () => {
    const { store, write, version } = await setUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: read, resolve: onRead } = Promise.withResolvers<void>();
    store.getFaults = [
      async ({ pass }) => {
        const answer = await pass();
        onRead();
        await gate;
        return answer;
      },
    ];
    const early = version(strong);
    await read;
    await write();
    const late = [version(strong), version(strong)];
    open();
    expect(await early).toBe(1n);
    expect(await Promise.all(late)).toEqual([2n, 2n]);
  });

  it('fails while the store is away; a weak one goes on', async () => {
    const { store, version } = await setUp();
    store.always = failBefore(down);
    await expect(version(strong)).rejects.toThrow(ErrStoreUnavailable);
    expect(await version()).toBe(1n);
  });

  it('costs nothing where nobody else can write', async () => {
    const store = new FaultyStore(createMemoryStore());
    const registry = await openRegistry({ store });
    await registry.register(registerCall(), patient);
    const before = store.calls.length;
    expect((await registry.get(name, patient, strong)).version).toBe(1n);
    expect(registry.ageMs).toBe(0);
    expect(store.calls).toHaveLength(before);
  });
});

describe('min_version', () => {
  it('asks the store only where the index is not that far', async () => {
    const { write, version, calls } = await setUp();
    const before = calls('get');
    expect(await version(atLeast(1n))).toBe(1n);
    expect(calls('get')).toBe(before);
    await write();
    expect(await version(atLeast(2n))).toBe(2n);
    expect(calls('get')).toBe(before + 1);
  });

  it('finds a dataset that another replica created, though it was missed a moment ago', async () => {
    const { here, write } = await setUp();
    await expect(here.get('new', patient)).rejects.toThrow(ErrManifestNotFound);
    await write({ name: 'new' });
    expect((await here.get('new', patient, atLeast(1n))).version).toBe(1n);
  });

  it('above every version there is is refused', async () => {
    const { version, here } = await setUp();
    await expect(version(atLeast(9n))).rejects.toThrow(ErrInvalidArgument);
    await expect(version(atLeast(9n))).rejects.toThrow('version 1');
    await expect(
      here.batchGet([name], patient, () => ({ ...strong, minVersion: 9n })),
    ).rejects.toThrow('min_versions["sales/orders"]');
  });
});
