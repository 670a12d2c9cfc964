import type { Runtime } from '../../src/catalog/runtime.ts';

/**
 * A runtime without surprises: the clock stands still unless a sleep moves it, ids count up, and
 * every random number is a half.
 */
export class FakeRuntime implements Runtime {
  wallMicros = 1_700_000_000_000_000n;
  #monotonicMs = 0;
  #ids = 0;

  now() {
    return this.wallMicros;
  }

  monotonic() {
    return this.#monotonicMs;
  }

  uuid() {
    this.#ids++;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  random() {
    return 0.5;
  }

  /** Takes no real time, but lets everything else that is due run first. */
  async sleep(ms: number) {
    this.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  advance(ms: number) {
    this.#monotonicMs += ms;
    this.wallMicros += BigInt(Math.round(ms * 1_000));
  }
}
