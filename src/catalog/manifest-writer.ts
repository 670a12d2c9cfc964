import { encodeManifest } from '../manifest/encode.ts';
import {
  KeyCollisionError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../store/errors.ts';
import type { PutMode, Store } from '../store/store.ts';
import type { Batch } from './batch.ts';
import type { Sending } from './caller.ts';
import type { Entry } from './entry.ts';
import { ErrNameCollides, ErrOutcomeUnknown, ErrStoreUnavailable, ErrTooBusy } from './errors.ts';
import { fateOf } from './fate.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { manifestKey } from './name.ts';
import type { Runtime } from './runtime.ts';

/** What a write on one base came to. */
export type WriteResult =
  /** All of it is in the store, durably. `entries` are what each write of the batch left. */
  | { readonly kind: 'landed'; readonly entries: readonly Entry[] }
  /** Another write came first; `current` is what the store holds now. Nothing of the batch is left. */
  | { readonly kind: 'lost'; readonly current: Entry | undefined };

/** The parts a {@link ManifestWriter} works with. */
export interface WriterParts {
  readonly store: Store;
  readonly index: ManifestIndex;
  readonly reader: ManifestReader;
  readonly runtime: Runtime;
  /**
   * Whether puts are conditional on what they replace. If not, nothing fences a put of unknown outcome
   * that lands late: the price of a store without conditions.
   */
  readonly conditional: boolean;
  /** How long to try to find out what became of a put, in milliseconds. */
  readonly settleWithinMs: number;
}

/**
 * Writes the next versions of a manifest onto the one that they were decided on. The caller holds
 * the lock of the name.
 */
export class ManifestWriter {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /**
   * Puts the batch on condition that the store still holds `base`, and swaps it into the index
   * only once it is there (R6). All of it lands, or nothing. A put of unknown outcome is followed up: by reading what the store
   * holds, and while that is still the base by another put on the same base, whose success makes it
   * impossible for the earlier one to land.
   *
   * @param sending told how far the writes have come.
   * @param lostRaces how often they have lost already: spaces the next try.
   * @throws {RangeError} before anything is sent, if there can be no such file.
   * @throws {ErrStoreUnavailable} {@link ErrNameCollides} if nothing was written, nor will be.
   * @throws {ErrOutcomeUnknown} if it could not be decided in time.
   */
  async write(
    base: Entry | undefined,
    batch: Batch,
    sending: Sending,
    lostRaces: number,
  ): Promise<WriteResult> {
    const { runtime, settleWithinMs } = this.#parts;
    const { name } = batch.file.manifest;
    const writeIds = new Set<string>();
    const until = runtime.monotonic() + settleWithinMs;
    const baseVersion = base?.version ?? 0n;
    let on = base;
    let unknown = false;
    let tries = lostRaces;
    for (let attempt = batch; ; attempt = batch.again(runtime.uuid())) {
      // Whatever can fail without the store fails before anything is sent.
      const body = encodeManifest(attempt.file);
      writeIds.add(attempt.writeId);
      sending.sent = true;
      let cause: unknown;
      try {
        return { kind: 'landed', entries: await this.#put(on, attempt, body) };
      } catch (error) {
        cause = error;
        const harmless =
          error instanceof StoreUnavailableError || error instanceof KeyCollisionError;
        if (harmless && !unknown) {
          sending.sent = false;
          throw error instanceof KeyCollisionError
            ? new ErrNameCollides(name, { cause })
            : new ErrStoreUnavailable({ cause });
        }
        unknown ||= !harmless && !(error instanceof PreconditionFailedError);
        if (unknown) this.#parts.reader.markUndecided(name, baseVersion);
      }
      const current = await this.#find(name, baseVersion, unknown, () => tries++, until, cause);
      const fate = fateOf(baseVersion, writeIds, current);
      if (fate === 'landed') {
        return { kind: 'landed', entries: landedOf(attempt, baseVersion, current) };
      }
      if (fate === 'unknowable') throw new ErrOutcomeUnknown(name, { cause });
      const stillBase = current?.version === base?.version;
      if (fate === 'lost' || !unknown || !stillBase) {
        sending.sent = false;
        return { kind: 'lost', current };
      }
      on = current;
    }
  }

  async #put(on: Entry | undefined, batch: Batch, body: Uint8Array): Promise<Entry[]> {
    const { store, index, reader } = this.#parts;
    const { name, version } = batch.file.manifest;
    const mode = this.#mode(on);
    const { etag } = await store.put(manifestKey(name), body, mode);
    const entries = batch.entries.map((entry) => entry.storedAs(etag));
    reader.settle(name, version);
    index.observe(name, entries.at(-1), on);
    return entries;
  }

  #mode(on: Entry | undefined): PutMode {
    if (!this.#parts.conditional) return { kind: 'overwrite' };
    return on === undefined ? { kind: 'create' } : { kind: 'replace', etag: on.storeEtag };
  }

  /** Reads the name until the store answers, at growing, jittered intervals. */
  async #find(
    name: string,
    baseVersion: bigint,
    unknown: boolean,
    nextTry: () => number,
    until: number,
    cause: unknown,
  ): Promise<Entry | undefined> {
    const { runtime, reader } = this.#parts;
    for (;;) {
      await runtime.sleep(backoffMs(nextTry(), runtime.random()));
      try {
        if (runtime.monotonic() < until) return await reader.fresh(name);
      } catch (error) {
        if (error instanceof ErrStoreUnavailable || error instanceof ErrTooBusy) continue;
        // A failed condition, and a file that tells nothing: what is wrong with it is the answer.
        if (!unknown) throw error;
        reader.markUndecided(name, baseVersion);
        throw new ErrOutcomeUnknown(name, { cause: error });
      }
      reader.markUndecided(name, baseVersion);
      throw new ErrOutcomeUnknown(name, { cause });
    }
  }
}

/**
 * What the attempt that landed left: in the end the current entry, unless others have written since. Of the
 * attempts only the last is kept, for there may be a hundred of some megabytes each: they differ in nothing
 * but their write ids.
 */
function landedOf(last: Batch, baseVersion: bigint, current: Entry | undefined): readonly Entry[] {
  const next = current?.recentWrites.find(({ version }) => version === baseVersion + 1n);
  if (current === undefined || next === undefined) throw new Error('no attempt has landed');
  const { entries } = next.writeId === last.writeId ? last : last.again(next.writeId);
  return entries.map((entry) => (entry.version === current.version ? current : entry));
}

/** Grows from 2 ms by doubling to 250 ms; jittered over the upper half, so that rivals part. */
export function backoffMs(tries: number, random: number): number {
  const full = Math.min(250, 2 * 2 ** Math.min(tries, 10));
  return full * (0.5 + random / 2);
}
