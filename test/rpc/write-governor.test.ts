import { beforeEach, describe, expect, test } from '@jest/globals';
import { ErrTooBusy } from '../../src/catalog/errors.ts';
import { WriteGovernor } from '../../src/rpc/write-governor.ts';

describe('WriteGovernor', () => {
  let nowMs = 0;
  let delayMs = 0;
  let governor: WriteGovernor;
  beforeEach(() => {
    [nowMs, delayMs] = [0, 0];
    governor = governorFor(192);
  });

  function governorFor(maxPuts: number): WriteGovernor {
    return new WriteGovernor({ monotonic: () => nowMs, loopDelayMs: () => delayMs, maxPuts });
  }

  /** Enters as often as it may. */
  function fill(most = 100_000): number {
    for (let entered = 0; entered < most; entered++) {
      try {
        governor.enter();
      } catch (error) {
        expect(error).toBeInstanceOf(ErrTooBusy);
        return entered;
      }
    }
    return most;
  }

  function empty(count: number): void {
    for (let i = 0; i < count; i++) governor.leave();
  }

  /** Lets periods pass, each with so many writes that end and others in their places. */
  function pass(periods: number, ended = 0): void {
    for (let i = 0; i < periods; i++) {
      nowMs += 100;
      empty(ended);
      fill(ended);
      // A look, whatever it comes to.
      if (fill(1) === 1) empty(1);
    }
  }

  test('lets as many in as may be at the store at once, when it knows nothing', () => {
    expect(fill()).toBe(192);
  });

  test.each([
    [100, 100],
    [1, 64],
  ])('with %d puts at once it lets %d in', (maxPuts, entered) => {
    governor = governorFor(maxPuts);
    expect(fill()).toBe(entered);
  });

  test('lets more wait as far as the store is through with them in half a second', () => {
    fill();
    // 100 in 100 ms are a thousand a second.
    pass(100, 100);
    expect(192 + fill()).toBeGreaterThan(192 + 450);
  });

  test('lets no more wait once none ends', () => {
    fill();
    pass(100, 100);
    pass(100, 0);
    // The looks themselves are a few that end.
    expect(fill()).toBeLessThan(10);
  });

  test('takes one long stretch of work for no overload', () => {
    delayMs = 600;
    pass(1);
    delayMs = 0;
    pass(1);
    expect(fill()).toBeGreaterThanOrEqual(192);
  });

  test('lets fewer in while the event loop stays late, but never none', () => {
    fill(100);
    delayMs = 300;
    pass(3);
    empty(100);
    const fewer = fill();
    expect(fewer).toBeLessThan(100);
    empty(fewer);
    pass(50);
    expect(fill()).toBe(64);
  });

  test('lets more in once the event loop is in time', () => {
    delayMs = 300;
    fill(100);
    pass(50);
    empty(100);
    delayMs = 0;
    pass(50);
    expect(fill()).toBeGreaterThanOrEqual(192);
  });

  test('says how many are under way, and that it is worth another try', () => {
    fill();
    expect(() => governor.enter()).toThrow(
      expect.objectContaining({
        reason: 'TOO_BUSY',
        retryAfterMs: 1_000,
        message: '192 writes are under way already, which is the limit; try again',
      }),
    );
  });
});
