import { encodeManifest } from '../manifest/encode.ts';
import type { ManifestFile } from '../manifest/manifest.ts';
import {
  KeyCollisionError,
  PreconditionFailedError,
  StoreUnavailableError,
} from '../store/errors.ts';
import type { PutMode, Store } from '../store/store.ts';
import type { Sending } from './caller.ts';
import type { Candidate } from './decide.ts';
import type { Entry, ViewCodec } from './entry.ts';
import { entryOf } from './entry-of.ts';
import { ErrNameCollides, ErrOutcomeUnknown, ErrStoreUnavailable } from './errors.ts';
import { fateOf } from './fate.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { manifestKey } from './name.ts';
import type { PackedEntry } from './packed-entry.ts';
import type { Runtime } from './runtime.ts';

/** What a write on one base came to. */
export type WriteResult =
  /** It is in the store, durably. `entry` is what it wrote. */
  | { readonly kind: 'landed'; readonly entry: Entry }
  /** Another write came first; `current` is what the store holds now. Nothing of this one is left. */
  | { readonly kind: 'lost'; readonly current: Entry | undefined };

/** The parts a {@link ManifestWriter} works with. */
export interface WriterParts {
  readonly store: Store;
  readonly codec: ViewCodec;
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
 * Writes the next version of a manifest onto the one that a call was decided on. The caller holds
 * the lock of the name.
 */
export class ManifestWriter {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /**
   * Puts the candidate on condition that the store still holds `base`, and swaps it into the index
   * only once it is there (R6). A put of unknown outcome is followed up: by reading what the store
   * holds, and while that is still the base by another put on the same base, whose success makes it
   * impossible for the earlier one to land.
   *
   * @param lostRaces how often this call has lost already: spaces the next try.
   * @throws {ErrStoreUnavailable} {@link ErrNameCollides} if nothing was written, nor will be.
   * @throws {ErrOutcomeUnknown} if it could not be decided in time.
   */
  async write(
    base: Entry | undefined,
    candidate: Candidate,
    sending: Sending,
    lostRaces: number,
  ): Promise<WriteResult> {
    const { runtime, settleWithinMs } = this.#parts;
    const attempts = new Map<string, ManifestFile>();
    const until = runtime.monotonic() + settleWithinMs;
    const baseVersion = base?.version ?? 0n;
    let on = base;
    let unknown = false;
    let tries = lostRaces;
    for (;;) {
      const file = candidate(runtime.uuid());
      const { name } = file.manifest;
      // Whatever can fail without the store fails before anything is sent.
      const body = encodeManifest(file);
      const entry = entryOf({ ...file, readOnly: false }, '', this.#parts.codec);
      attempts.set(file.writeId, file);
      sending.sent = true;
      let cause: unknown;
      try {
        return { kind: 'landed', entry: await this.#put(on, entry, body) };
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
      const fate = fateOf(baseVersion, new Set(attempts.keys()), current);
      if (fate === 'landed')
        return { kind: 'landed', entry: this.#landed(attempts, baseVersion, current) };
      if (fate === 'unknowable') throw new ErrOutcomeUnknown(name, { cause });
      const stillBase = current?.version === base?.version;
      if (fate === 'lost' || !unknown || !stillBase) {
        sending.sent = false;
        return { kind: 'lost', current };
      }
      on = current;
    }
  }

  async #put(on: Entry | undefined, unstored: PackedEntry, body: Uint8Array): Promise<Entry> {
    const { store, index, reader } = this.#parts;
    const { name, version } = unstored;
    const mode = this.#mode(on);
    const { etag } = await store.put(manifestKey(name), body, mode);
    const entry = unstored.storedAs(etag);
    reader.settle(name, version);
    index.observe(name, entry, on);
    return entry;
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
        if (error instanceof ErrStoreUnavailable) continue;
        // A failed condition, and a file that tells nothing: what is wrong with it is the answer.
        if (!unknown) throw error;
        reader.markUndecided(name, baseVersion);
        throw new ErrOutcomeUnknown(name, { cause: error });
      }
      reader.markUndecided(name, baseVersion);
      throw new ErrOutcomeUnknown(name, { cause });
    }
  }

  /** The entry of the attempt that landed: the current one, unless others have written since. */
  #landed(
    attempts: ReadonlyMap<string, ManifestFile>,
    baseVersion: bigint,
    current: Entry | undefined,
  ): Entry {
    const next = current?.recentWrites.find(({ version }) => version === baseVersion + 1n);
    const file = next && attempts.get(next.writeId);
    if (current === undefined || file === undefined) throw new Error('no attempt has landed');
    return current.version === file.manifest.version
      ? current
      : entryOf({ ...file, readOnly: false }, '', this.#parts.codec);
  }
}

/** Grows from 2 ms by doubling to 250 ms; jittered over the upper half, so that rivals part. */
export function backoffMs(tries: number, random: number): number {
  const full = Math.min(250, 2 * 2 ** Math.min(tries, 10));
  return full * (0.5 + random / 2);
}
