import { encodeManifest } from '../manifest/encode.ts';
import type { ManifestFile } from '../manifest/manifest.ts';
import { OutcomeUnknownError, PreconditionFailedError } from '../store/errors.ts';
import type { PutMode, Store } from '../store/store.ts';
import { differences } from './import-record.ts';
import type { ManifestRecord } from './manifest-json.ts';
import type { Patience } from './patience.ts';
import { type ReadManifest, readManifest } from './read-manifest.ts';

/** How manifests are put into a catalog. */
export interface PlaceOptions {
  /** Whether a manifest replaces one of a lower version, or one that is damaged. */
  readonly replace: boolean;
  /** Whether nothing is written. */
  readonly dryRun: boolean;
  /** Whether puts are conditional; if not, nobody else may write to the store. */
  readonly conditional: boolean;
}

/** What became of one manifest. */
export type Placed =
  | { readonly kind: 'created' | 'replaced' | 'unchanged' }
  /** Another one is there and stays. */
  | { readonly kind: 'conflicting'; readonly problem: string };

/** What there is to do, on what is there. */
type Decision =
  | { readonly kind: 'write'; readonly as: 'created' | 'replaced'; readonly mode: PutMode }
  | Placed;

/** How often in a row others may write a name between our read and our put. */
const MAX_LOST_RACES = 16;

/** Puts manifests in their places, where nothing stands in their way. */
export class ManifestPlacer {
  readonly #store: Store;
  readonly #patience: Patience;
  readonly #options: PlaceOptions;

  constructor(store: Store, patience: Patience, options: PlaceOptions) {
    this.#store = store;
    this.#patience = patience;
    this.#options = options;
  }

  /**
   * Puts one manifest at its key, durably, if that is empty or holds what it may replace.
   *
   * @param record what the import said; decides what counts as unchanged.
   * @param file the whole manifest.
   * @throws {StoreUnavailableError} {@link OutcomeUnknownError} if the store does not answer.
   */
  async place(key: string, record: ManifestRecord, file: ManifestFile): Promise<Placed> {
    let sent: Placed | undefined;
    let unknown = 0;
    for (let lostRaces = 0; lostRaces < MAX_LOST_RACES; ) {
      const found = await this.#patience.retry(() => readManifest(this.#store, key));
      const decision = this.#decide(record, file, found);
      // After an unknown outcome: what is there is what was sent.
      if (decision.kind === 'unchanged' && sent !== undefined) return sent;
      if (decision.kind !== 'write') return decision;
      const placed: Placed = { kind: decision.as };
      if (this.#options.dryRun) return placed;
      try {
        await this.#patience.retry(() => this.#put(key, file, decision.mode));
        return placed;
      } catch (error) {
        if (error instanceof PreconditionFailedError) lostRaces++;
        else if (!(error instanceof OutcomeUnknownError)) throw error;
        else if (await this.#patience.wait(unknown++)) sent = placed;
        else throw error;
      }
    }
    return conflicting('others wrote it again and again meanwhile; import it again');
  }

  #decide(record: ManifestRecord, file: ManifestFile, found: ReadManifest): Decision {
    const { replace, conditional } = this.#options;
    const write = (as: 'created' | 'replaced', mode: PutMode): Decision => ({
      kind: 'write',
      as,
      mode: conditional ? mode : { kind: 'overwrite' },
    });
    switch (found.kind) {
      case 'absent':
        return write('created', { kind: 'create' });
      case 'newer':
      case 'collides':
        return conflicting(`what is there cannot be replaced: ${found.problem}`);
      case 'damaged':
      case 'misplaced':
        return replace
          ? write('replaced', { kind: 'replace', etag: found.etag })
          : conflicting(`what is there is damaged, which --replace would mend: ${found.problem}`);
      case 'manifest':
        break;
    }
    const different = differences(record, file, found.file);
    if (different.length === 0) return { kind: 'unchanged' };
    if (found.file.readOnly) return conflicting('a newer catalogd wrote what is there: upgrade');
    const [is, wanted] = [found.file.manifest.version, file.manifest.version];
    if (replace && wanted > is) return write('replaced', { kind: 'replace', etag: found.etag });
    return conflicting(
      `version ${is} is there, version ${wanted} is given, and they differ in ${different.join(', ')}`,
    );
  }

  async #put(key: string, file: ManifestFile, mode: PutMode): Promise<void> {
    await this.#store.put(key, encodeManifest(file), mode);
  }
}

function conflicting(problem: string): Placed {
  return { kind: 'conflicting', problem };
}
