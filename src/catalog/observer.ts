import type { WatchEvent } from './watch/watch-event.ts';

/** A part of a write that takes time without the store: waiting for the name, and deciding. */
export type WriteStep = 'lock' | 'decide';

/**
 * Told of what the catalog does, by whoever counts or traces it: the catalog itself knows neither
 * metrics nor traces. Whatever is left out is not told. Called in the middle of the work, so: quick, and
 * never throwing.
 */
export interface CatalogObserver {
  /** A write was overtaken by another process and is decided anew. */
  lostRace?(): void;
  /** A put was sent, and what became of it cannot be told for now. Once for each name. */
  undecided?(): void;
  /** What had become of such a put was found out, or was made irrelevant by a later write. */
  settled?(): void;
  /** A put has landed that held several writes of one name. */
  wroteTogether?(writes: number): void;
  /** A checkpoint was written, or was not; `datasets` are those in it. */
  checkpointed?(outcome: 'ok' | 'failed' | 'cut_off', seconds: number, datasets: number): void;
  /** A refresh of the index has ended; `seconds` is how long it took. */
  refreshed?(ok: boolean, seconds: number): void;
  /** An event was handed to a watcher. */
  watchEvent?(kind: WatchEvent['kind']): void;
  /** A change of a name was told together with an earlier one that the watcher had not read yet. */
  watchCoalesced?(): void;
  /** A watcher was ended because it did not keep up. */
  watchDropped?(): void;
  /**
   * A step of a write begins. What is returned is called at its end; never where the
   * write is refused because too many wait.
   */
  step?(step: WriteStep): () => void;
}

/** Nobody listens. */
export const UNOBSERVED: CatalogObserver = {};
