import type { Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { WatchManifestsResponse } from '../../gen/catalogd/v1/catalog_service_pb.ts';

/** What {@link CatalogClient.watchManifests} yields. */
export type WatchEvent =
  /** The dataset exists and is as this says, in the BASIC view. */
  | { readonly type: 'put'; readonly manifest: Manifest }
  /**
   * The dataset, which an earlier event has shown, does not exist any more. `version` is the one by
   * which it was deleted; 0 where that is not known.
   */
  | { readonly type: 'removed'; readonly name: string; readonly version: bigint }
  /**
   * All that the service knows has been told: once at the beginning, and after each reconnection.
   * `unreadableNames` are those whose manifests cannot be read at present: what is known of them may
   * be out of date.
   */
  | { readonly type: 'synced'; readonly unreadableNames: readonly string[] };

/** As many unreadable names as the service tells; where there are so many, there may be more. */
const MAX_UNREADABLE_NAMES = 1_000;

/**
 * What a watcher knows, through all of its streams. Turns what a stream says into what is new: a
 * stream that begins with everything again is no news, but for what differs.
 */
export class Follower {
  /** The etag of each dataset that is known to exist. */
  readonly #known = new Map<string, string>();
  /** The names told since the whole state began to be told; undefined when it is not being told. */
  #told: Set<string> | undefined;
  #resumeToken = '';

  /** Where the next stream is to go on; empty: from the beginning. */
  get resumeToken(): string {
    return this.#resumeToken;
  }

  /** To be called before each stream. */
  begin(): void {
    if (this.#resumeToken === '') this.#told = new Set();
  }

  /** What is new in an event of the stream. */
  *take({ event, resumeToken }: WatchManifestsResponse): Generator<WatchEvent> {
    switch (event.case) {
      case 'put':
        yield* this.#put(event.value);
        break;
      case 'removed':
        yield* this.#removed(event.value.name, event.value.version);
        break;
      case 'synced':
        yield* this.#synced(event.value.unreadableNames);
        break;
      case 'reset':
        // Not to be gone back to: from here on the events are of another replica's history.
        this.#resumeToken = '';
        this.#told = new Set();
        break;
      default:
        // A heartbeat, or an event of a later version: its token is all there is to take.
        break;
    }
    if (resumeToken !== '') this.#resumeToken = resumeToken;
  }

  *#put(manifest: Manifest): Generator<WatchEvent> {
    const { name, etag } = manifest;
    this.#told?.add(name);
    if (this.#known.get(name) === etag) return;
    this.#known.set(name, etag);
    yield { type: 'put', manifest };
  }

  *#removed(name: string, version: bigint): Generator<WatchEvent> {
    this.#told?.delete(name);
    if (this.#known.delete(name)) yield { type: 'removed', name, version };
  }

  *#synced(unreadableNames: readonly string[]): Generator<WatchEvent> {
    const told = this.#told;
    this.#told = undefined;
    if (told !== undefined && unreadableNames.length < MAX_UNREADABLE_NAMES) {
      const unreadable = new Set(unreadableNames);
      for (const name of this.#known.keys()) {
        if (!told.has(name) && !unreadable.has(name)) yield* this.#removed(name, 0n);
      }
    }
    yield { type: 'synced', unreadableNames };
  }
}
