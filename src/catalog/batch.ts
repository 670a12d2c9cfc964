import type { ManifestFile } from '../manifest/manifest.ts';
import type { Candidate } from './decide.ts';
import type { Entry, ViewCodec } from './entry.ts';
import { entryOf } from './entry-of.ts';
import type { PackedEntry } from './packed-entry.ts';

/**
 * Writes of one name that one put makes durable together, each on what the one before it leaves. Every
 * write has its own version and its own entry in the record of writes; all have the same write id.
 */
export class Batch {
  readonly writeId: string;
  readonly #base: Entry | undefined;
  readonly #codec: ViewCodec;
  readonly #candidates: Candidate[] = [];
  readonly #entries: PackedEntry[] = [];
  #file: ManifestFile | undefined;

  /** @param base what the first write is decided on. */
  constructor(base: Entry | undefined, writeId: string, codec: ViewCodec) {
    this.#base = base;
    this.writeId = writeId;
    this.#codec = codec;
  }

  /** Adds a write that was decided on {@link state}. What throws leaves the batch as it was. */
  add(candidate: Candidate): void {
    const before = this.#file?.recentWrites ?? this.#base?.recentWrites ?? [];
    const file = candidate(this.writeId, before);
    this.#entries.push(entryOf({ ...file, readOnly: false }, '', this.#codec));
    this.#candidates.push(candidate);
    this.#file = file;
  }

  /** The name as the writes so far leave it: what the next one is to be decided on. */
  get state(): Entry | undefined {
    return this.#entries.at(-1) ?? this.#base;
  }

  /** What each write leaves, in order; not in the store yet, so without the store's etag. */
  get entries(): readonly PackedEntry[] {
    return this.#entries;
  }

  /** The file that holds all the writes. */
  get file(): ManifestFile {
    if (this.#file === undefined) throw new Error('the batch is empty');
    return this.#file;
  }

  /** The same writes for another attempt. */
  again(writeId: string): Batch {
    const batch = new Batch(this.#base, writeId, this.#codec);
    for (const candidate of this.#candidates) batch.add(candidate);
    return batch;
  }
}
