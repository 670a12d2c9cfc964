import { describe, expect, it } from '@jest/globals';
import { Readiness } from '../../src/server/readiness.ts';
import { StoreWatch } from '../../src/server/store-watch.ts';
import { eachListed } from '../../src/store/each-listed.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { meteredStore } from '../../src/store/metered.ts';
import { silentLog } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { FaultyStore, failBefore } from '../support/faulty-store.ts';

const AWAY = failBefore(new StoreUnavailableError('ENOSPC: no space left on device'));

/** A ready service over a store that can fail. */
function watched() {
  const runtime = new FakeRuntime();
  const beneath = new FaultyStore(createMemoryStore());
  const readiness = new Readiness();
  readiness.set('ready');
  let overdueMs = 0;
  const store = meteredStore(
    beneath,
    (call) => watch.observe(call),
    () => runtime.monotonic(),
  );
  const watch = new StoreWatch({
    store,
    readiness,
    runtime,
    log: silentLog,
    overdueMs: () => overdueMs,
    boundMs: 30_000,
  });
  const put = () =>
    store.put('a', new Uint8Array(1), { kind: 'overwrite' }).then(
      () => {},
      () => {},
    );
  const setOverdue = (ms: number) => {
    overdueMs = ms;
  };
  return { runtime, beneath, store, readiness, watch, put, setOverdue };
}

describe('a store that is away', () => {
  it('makes the service degraded once the index is overdue for longer than the bound, until it is not', async () => {
    const { readiness, watch, setOverdue } = watched();
    setOverdue(30_000);
    await watch.look();
    expect(readiness.isReady).toBe(true);
    setOverdue(30_001);
    await watch.look();
    expect(readiness.status).toEqual({
      state: 'degraded',
      reason: 'the index has been overdue for more than 30 s, for the store does not answer',
    });
    setOverdue(10);
    await watch.look();
    expect(readiness.status).toEqual({ state: 'ready', reason: '' });
  });

  it('does so, too, once writes have failed for longer, though reads go on: a full disk', async () => {
    const { runtime, beneath, store, readiness, watch, put } = watched();
    await put();
    beneath.always = ({ kind, key, pass }) => (kind === 'put' ? AWAY({ kind, key, pass }) : pass());
    await put();
    runtime.advance(30_000);
    await watch.look();
    expect(readiness.isReady).toBe(true);
    runtime.advance(1);
    await store.get('a');
    await watch.look();
    expect(readiness.status).toEqual({
      state: 'degraded',
      reason: 'the store has taken no write for more than 30 s',
    });
  });

  it('finds out by itself that writes go again, though nobody calls any more, and leaves nothing', async () => {
    const { runtime, beneath, readiness, watch, put } = watched();
    beneath.always = AWAY;
    await put();
    runtime.advance(40_000);
    await watch.look();
    expect(readiness.isReady).toBe(false);
    beneath.always = ({ pass }) => pass();
    await watch.look();
    expect(readiness.isReady).toBe(true);
    const keys: string[] = [];
    for await (const { key } of eachListed(beneath, '')) keys.push(key);
    expect(keys).toEqual([]);
  });

  it('takes one failure among successes for what it is', async () => {
    const { runtime, beneath, readiness, watch, put } = watched();
    beneath.putFaults = [failBefore(new OutcomeUnknownError('no answer'))];
    await put();
    await watch.look();
    runtime.advance(40_000);
    await watch.look();
    expect(readiness.isReady).toBe(true);
  });

  it('writes nothing as long as all is well', async () => {
    const { runtime, beneath, watch } = watched();
    runtime.advance(100_000);
    await watch.look();
    expect(beneath.calls).toEqual([]);
  });
});
