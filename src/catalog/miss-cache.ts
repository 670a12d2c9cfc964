import type { Runtime } from './runtime.ts';

/** How long a miss is remembered, in milliseconds: the bound of R16. */
const REMEMBERED_MS = 1_000;
/** How many misses are remembered: names are a stranger's choice. */
const MAX_MISSES = 10_000;

/** Names which the store was asked for lately and did not have. */
export class MissCache {
  readonly #until = new Map<string, number>();
  readonly #runtime: Pick<Runtime, 'monotonic'>;

  constructor(runtime: Pick<Runtime, 'monotonic'>) {
    this.#runtime = runtime;
  }

  /** Remembers that the store did not have the name when it was asked, at that monotonic time. */
  add(name: string, asked: number): void {
    if (this.#until.size >= MAX_MISSES) this.#until.clear();
    this.#until.set(name, asked + REMEMBERED_MS);
  }

  /** Whether the store did not have the name a moment ago. */
  has(name: string): boolean {
    const until = this.#until.get(name);
    if (until === undefined) return false;
    if (this.#runtime.monotonic() < until) return true;
    this.#until.delete(name);
    return false;
  }
}
