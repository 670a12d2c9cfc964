import type { Runtime } from './runtime.ts';

/** How far the loading of the catalog has come. */
export interface Progress {
  /** Manifests listed so far, or in all once `total` is known. */
  readonly listed: number;
  /** Manifests that have to be read; `undefined` while the store is being listed. */
  readonly total: number | undefined;
  /** How many of them have been read. */
  readonly read: number;
  /** Of these or, before, of the listed ones, in a second, on the average since that began. */
  readonly perSecond: number;
  /** How long the rest will take at that rate, in seconds; `undefined` where that cannot be told yet. */
  readonly secondsLeft: number | undefined;
}

/** How often progress is told at most, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Counts what has been loaded, and tells it now and then. */
export class ProgressMeter {
  readonly #runtime: Pick<Runtime, 'monotonic'>;
  readonly #tell: (progress: Progress) => void;
  #began: number;
  #told: number;
  #listed = 0;
  #total: number | undefined;
  #read = 0;

  constructor(runtime: Pick<Runtime, 'monotonic'>, tell: (progress: Progress) => void) {
    this.#runtime = runtime;
    this.#tell = tell;
    this.#began = runtime.monotonic();
    this.#told = this.#began;
  }

  /** The store is listed, perhaps once more. */
  list(): void {
    this.#began = this.#runtime.monotonic();
    this.#listed = 0;
  }

  listed(): void {
    this.#listed++;
    if (this.#listed % 256 === 0) this.#maybeTell();
  }

  /** That many of the listed ones have to be read. */
  read(total: number): void {
    this.#began = this.#runtime.monotonic();
    this.#total = total;
  }

  readOne(): void {
    this.#read++;
    this.#maybeTell();
  }

  #maybeTell(): void {
    const now = this.#runtime.monotonic();
    if (now - this.#told < INTERVAL_MS) return;
    this.#told = now;
    const done = this.#total === undefined ? this.#listed : this.#read;
    const perSecond = (done * 1_000) / Math.max(1, now - this.#began);
    const left = this.#total === undefined ? undefined : this.#total - this.#read;
    this.#tell({
      listed: this.#listed,
      total: this.#total,
      read: this.#read,
      perSecond: Math.round(perSecond),
      secondsLeft: left === undefined || perSecond === 0 ? undefined : Math.ceil(left / perSecond),
    });
  }
}
