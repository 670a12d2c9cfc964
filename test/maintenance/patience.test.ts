import { expect, it } from '@jest/globals';
import { Patience } from '../../src/maintenance/patience.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';

/** A clock that goes on only once nothing runs any more: those who wait at once wait at once. */
class VirtualTime {
  #now = 0;
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  monotonic() {
    return this.#now;
  }

  random() {
    return 0.5;
  }

  async sleep(ms: number) {
    const { promise, resolve: wake } = Promise.withResolvers<void>();
    this.#sleepers.push({ until: this.#now + ms, wake });
    setImmediate(() => this.#wakeNext());
    await promise;
  }

  #wakeNext() {
    this.#sleepers.sort((a, b) => a.until - b.until);
    const next = this.#sleepers.shift();
    if (next === undefined) return;
    this.#now = Math.max(this.#now, next.until);
    next.wake();
  }
}

/** How long reads of a store that is away for good are repeated, in milliseconds. */
async function lastsMs(readsAtOnce: number): Promise<number> {
  const time = new VirtualTime();
  const patience = new Patience(time, 60_000);
  const read = () =>
    patience.retry(async () => {
      throw new StoreUnavailableError('down');
    });
  const reads = await Promise.allSettled(Array.from({ length: readsAtOnce }, read));
  expect(reads.every(({ status }) => status === 'rejected')).toBe(true);
  return time.monotonic();
}

it.each([1, 16])('lasts as long with %d reads that wait at once', async (readsAtOnce) => {
  const ms = await lastsMs(readsAtOnce);
  expect(ms).toBeGreaterThan(55_000);
  expect(ms).toBeLessThanOrEqual(60_000);
});

it('counts what was waited for earlier', async () => {
  const time = new VirtualTime();
  const patience = new Patience(time, 100);
  let waits = 0;
  while (await patience.wait(0)) waits++;
  expect(time.monotonic()).toBe(15 * waits);
  expect(waits).toBe(6);
});
