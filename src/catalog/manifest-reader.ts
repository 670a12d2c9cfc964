import pLimit from 'p-limit';
import { CorruptManifestError, NewerManifestError } from '../manifest/errors.ts';
import { KeyCollisionError, StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Entry, ViewCodec } from './entry.ts';
import {
  ErrCorruptManifest,
  ErrNameCollides,
  ErrStoreUnavailable,
  ErrTooBusy,
  ErrUpgradeRequired,
} from './errors.ts';
import { loadManifest } from './load-manifest.ts';
import type { ManifestIndex } from './manifest-index.ts';
import { manifestKey } from './name.ts';
import { type CatalogObserver, UNOBSERVED } from './observer.ts';
import type { Log } from './runtime.ts';
import { SingleFlight } from './single-flight.ts';

/** Reads at once: a store's connections are for writes, too. */
const MAX_READS = 64;
/** Reads that may wait for one of those to end. */
const MAX_WAITING_READS = 10_000;

/** Reads single manifests from the store, and keeps the index true to what it reads. */
export class ManifestReader {
  readonly #store: Store;
  readonly #codec: ViewCodec;
  readonly #index: ManifestIndex;
  readonly #log: Log;
  readonly #observer: CatalogObserver;
  readonly #limit = pLimit(MAX_READS);
  readonly #reads = new SingleFlight((name) => this.#limited(name));
  /** Names with a put of unknown outcome, with the version it would follow. */
  readonly #undecided = new Map<string, bigint>();
  /** Names with a put under way whose caller was told that its outcome is unknown. */
  readonly #left = new Set<string>();
  /** Names whose manifests could not be read when the catalog was loaded. */
  readonly #quarantined = new Set<string>();

  constructor(
    store: Store,
    codec: ViewCodec,
    index: ManifestIndex,
    log: Log,
    observer: CatalogObserver = UNOBSERVED,
  ) {
    this.#store = store;
    this.#codec = codec;
    this.#index = index;
    this.#log = log;
    this.#observer = observer;
  }

  /**
   * The manifest of a name as the store has it, from a read that began after this call; tombstones
   * included, `undefined` if there is none.
   *
   * @throws {ErrStoreUnavailable} {@link ErrCorruptManifest} {@link ErrUpgradeRequired} {@link ErrNameCollides}
   * @throws {ErrTooBusy} if too many reads of the store are waiting.
   */
  fresh(name: string): Promise<Entry | undefined> {
    return this.#reads.fresh(name);
  }

  /**
   * Whether every call on the name has to ask the store: a put of it is undecided (R15), or it is in
   * quarantine.
   */
  isUndecided(name: string): boolean {
    return this.#undecided.has(name) || this.#left.has(name) || this.#quarantined.has(name);
  }

  /**
   * Puts names into quarantine: the index knows nothing of them, and to call them absent would be
   * data loss. Each leaves it by a read that shows what the store has: a manifest again, or none.
   */
  quarantine(names: Iterable<string>): void {
    for (const name of names) this.#quarantined.add(name);
  }

  /** Whether the name is in quarantine. */
  isQuarantined(name: string): boolean {
    return this.#quarantined.has(name);
  }

  /** The names in quarantine. */
  quarantinedNames(): Iterable<string> {
    return this.#quarantined;
  }

  /** The undecided names, for calls on many names; those in quarantine, which would fail them, are left out. */
  undecidedNames(): Iterable<string> {
    return new Set([...this.#undecided.keys(), ...this.#left]);
  }

  /** Number of names with a put of which it cannot be told for now what became of it. */
  get undecidedCount(): number {
    return this.#undecided.size;
  }

  /** Notes that a put following `baseVersion` (0: a create) may have landed, or may yet. */
  markUndecided(name: string, baseVersion: bigint): void {
    const known = this.#undecided.get(name);
    if (known === undefined) this.#observer.undecided?.();
    this.#undecided.set(name, baseVersion > (known ?? 0n) ? baseVersion : (known ?? 0n));
  }

  /** Notes that the caller of a put under way was told that its outcome is unknown. */
  leftUndecided(name: string): void {
    this.#left.add(name);
  }

  /** Notes that the put under way has come to its end. */
  decided(name: string): void {
    this.#left.delete(name);
  }

  /** Notes what the name has come to; a version above the base of an undecided put fences it. */
  settle(name: string, version: bigint): void {
    const base = this.#undecided.get(name);
    if (base === undefined || version <= base) return;
    this.#undecided.delete(name);
    this.#observer.settled?.();
  }

  #limited(name: string): Promise<Entry | undefined> {
    const waiting = this.#limit.pendingCount;
    if (waiting >= MAX_WAITING_READS) throw new ErrTooBusy('reads', waiting);
    return this.#limit(() => this.#read(name));
  }

  async #read(name: string): Promise<Entry | undefined> {
    const key = manifestKey(name);
    const before = this.#index.get(name);
    try {
      const entry = await loadManifest(this.#store, this.#codec, key);
      if (before !== undefined && (entry?.version ?? 0n) < before.version) {
        this.#log.error(
          { name, known: String(before.version), found: String(entry?.version ?? 'none') },
          'a manifest file went back or was removed behind our back; the store is the truth',
        );
      }
      const hasLeft = this.#quarantined.delete(name);
      if (hasLeft) this.#logLeaving(name, entry);
      if (entry !== undefined) this.settle(name, entry.version);
      this.#index.observe(name, entry, before);
      if (hasLeft && entry === undefined) this.#index.tell(name);
      return entry;
    } catch (cause) {
      throw readError(name, key, cause);
    }
  }

  #logLeaving(name: string, entry: Entry | undefined): void {
    const left = this.#quarantined.size;
    if (entry !== undefined) {
      const version = String(entry.version);
      this.#log.warn({ name, version, left }, 'a manifest can be read again: out of quarantine');
    } else {
      this.#log.error(
        { name, left },
        'a manifest in quarantine was removed behind our back; the store is the truth',
      );
    }
  }
}

/** What a failed read of a manifest means to a caller. */
function readError(name: string, key: string, cause: unknown): unknown {
  if (cause instanceof CorruptManifestError) return new ErrCorruptManifest(key, { cause });
  if (cause instanceof NewerManifestError) return new ErrUpgradeRequired(name, { cause });
  if (cause instanceof KeyCollisionError) return new ErrNameCollides(name, { cause });
  if (cause instanceof StoreError) return new ErrStoreUnavailable({ cause });
  return cause;
}
