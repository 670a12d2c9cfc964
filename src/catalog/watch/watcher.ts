import type { Caller } from '../call.ts';
import { answerOrLeave, throwIfLeft } from '../caller.ts';
import { type Entry, isLive } from '../entry.ts';
import { ErrWatchTooSlow } from '../errors.ts';
import type { ManifestIndex } from '../manifest-index.ts';
import { type CatalogObserver, UNOBSERVED } from '../observer.ts';
import type { Runtime } from '../runtime.ts';
import { compareUtf8 } from '../text.ts';
import type { ChangeLog } from './change-log.ts';
import { NO_TOKEN, type WatchEvent } from './watch-event.ts';

/** Events that a stream sends at a stretch: some milliseconds of work. */
const CHUNK = 64;
/** After how long without another event a heartbeat is sent, in milliseconds. */
const HEARTBEAT_MS = 10_000;

/** What a {@link Watcher} works with. */
export interface WatcherParts {
  readonly index: ManifestIndex;
  readonly runtime: Runtime;
  readonly log: ChangeLog;
  /** How old the index is at most, in milliseconds. */
  readonly ageMs: () => number;
  /** The names that begin with the prefix, exist for the caller, and whose manifests cannot be read. */
  readonly unreadable: (prefix: string, caller: Caller) => readonly string[];
  /** Brings the index up to what the store holds now, or later; never rejects. */
  readonly catchUp: () => Promise<void>;
  /** How many changed names are kept for a reader that is slow. */
  readonly maxPending: number;
  /**
   * Resolves when the stream may go on with its next stretch. All streams wait in one line, and others
   * are served in between: twenty streams that begin at once must not hold up a Get for a second.
   */
  readonly turn: () => Promise<void>;
  readonly observer?: CatalogObserver;
}

/** What one watcher wants. */
export interface Watching {
  readonly prefix: string;
  readonly caller: Caller;
  /** Makes the resume token of a sequence number. */
  readonly token: (sequence: number) => string;
  /** The names that have changed since the resume token; `undefined`: the whole state is wanted. */
  readonly backlog: readonly string[] | undefined;
  /** Whether what an earlier stream told is void. */
  readonly reset: boolean;
}

/**
 * One stream of changes. Nothing is read ahead for it: it notes which names have changed, and what
 * has become of them is looked up when an event is about to be sent. So a name that changes again
 * and again while the reader is busy costs one event.
 */
export class Watcher {
  readonly #parts: WatcherParts;
  readonly #watching: Watching;
  readonly #observer: CatalogObserver;
  /** Names with changes to be sent, by the first of these: in the order of the sequence. */
  readonly #pending = new Map<string, number>();
  /** How far the present state has been looked up; what changes behind that will be seen anyway. */
  #scanned: { readonly to: string | undefined } | 'all';
  #tooSlow = false;
  /** Events sent since the last turn. */
  #stretch = 0;
  #wake = () => {};

  constructor(parts: WatcherParts, watching: Watching) {
    this.#parts = parts;
    this.#watching = watching;
    this.#observer = parts.observer ?? UNOBSERVED;
    this.#scanned = watching.backlog === undefined ? { to: undefined } : 'all';
    for (const name of watching.backlog ?? []) this.#pending.set(name, parts.log.sequence);
  }

  /** Notes that a name has changed, by the latest change in the log. */
  changed(name: string): void {
    const { prefix, caller } = this.#watching;
    if (this.#tooSlow || !name.startsWith(prefix) || !caller.reads.covers(name)) return;
    if (this.#isAhead(name)) return;
    if (this.#pending.has(name)) {
      this.#observer.watchCoalesced?.();
      return;
    }
    if (this.#pending.size < this.#parts.maxPending) {
      this.#pending.set(name, this.#parts.log.sequence);
    } else {
      this.#tooSlow = true;
      this.#observer.watchDropped?.();
      this.#pending.clear();
    }
    this.#wake();
  }

  /** Makes the stream look at once whether its caller has left. */
  wake(): void {
    this.#wake();
  }

  /**
   * The events, without an end.
   *
   * @throws {ErrWatchTooSlow} if more names have changed than are kept.
   * @throws {ErrDeadlineExceeded} {@link ErrCanceled} {@link ErrNotReady} if the caller has left.
   */
  async *events(): AsyncGenerator<WatchEvent, never, undefined> {
    const { prefix, caller, backlog, reset } = this.#watching;
    if (reset) {
      yield this.#told({ kind: 'reset', resumeToken: NO_TOKEN });
      // What it was told at another replica must not be taken back at this one, which may be behind.
      // A store that does not answer must not keep one that has to go.
      await answerOrLeave(prefix, caller, { sent: false }, this.#parts.catchUp());
    }
    if (backlog === undefined) yield* this.#state();
    else yield* this.#changesSince(backlog.length);
    this.#check();
    const unreadable = this.#parts.unreadable(prefix, caller);
    yield this.#told({ kind: 'synced', unreadable, resumeToken: this.#token() });
    for (;;) {
      this.#check();
      const name = this.#nextPending();
      if (name !== undefined) {
        yield this.#present(name, this.#token());
        await this.#breathe();
      } else if ((await this.#isSilent()) && this.#pending.size === 0) {
        // All that the index has is sent, so what the age says of it is true of the stream, too.
        const indexAgeMs = this.#parts.ageMs();
        yield this.#told({ kind: 'heartbeat', indexAgeMs, resumeToken: this.#token() });
      }
    }
  }

  /** The present state, in the order of the names. */
  async *#state(): AsyncGenerator<WatchEvent, void, undefined> {
    const { index, turn } = this.#parts;
    const { prefix, caller } = this.#watching;
    for (let to: string | undefined; ; ) {
      const names = firstNames(index.scan(prefix, to, caller.reads));
      to = names.at(-1);
      if (to === undefined) break;
      // From here on, a name up to the last of these that appears or changes is noted as changed.
      this.#scanned = { to };
      for (const name of names) {
        this.#check();
        this.#pending.delete(name);
        const entry = index.get(name);
        if (isLive(entry)) yield this.#told({ kind: 'put', entry, resumeToken: NO_TOKEN });
      }
      // A reader that takes everything at once must not keep the others waiting.
      await turn();
    }
    this.#scanned = 'all';
  }

  /** What has become of the names which were noted first. */
  async *#changesSince(count: number): AsyncGenerator<WatchEvent, void, undefined> {
    for (let left = count; left > 0; left--) {
      this.#check();
      const name = this.#nextPending();
      if (name === undefined) continue;
      yield this.#present(name, NO_TOKEN);
      await this.#breathe();
    }
  }

  /** Lets others get their turn when a stretch is over. */
  async #breathe(): Promise<void> {
    if (++this.#stretch < CHUNK) return;
    this.#stretch = 0;
    await this.#parts.turn();
  }

  /** Takes the name whose change has waited longest. */
  #nextPending(): string | undefined {
    const [name] = this.#pending.keys();
    if (name !== undefined) this.#pending.delete(name);
    return name;
  }

  #present(name: string, resumeToken: string): WatchEvent {
    const entry = this.#parts.index.get(name);
    const version = entry?.version ?? 0n;
    return this.#told(
      isLive(entry)
        ? { kind: 'put', entry, resumeToken }
        : { kind: 'removed', name, version, resumeToken },
    );
  }

  #told(event: WatchEvent): WatchEvent {
    this.#observer.watchEvent?.(event.kind);
    return event;
  }

  /**
   * The token of the event that is about to be sent, its name no longer being pending. All changes
   * are told up to the first that is pending: those of a name are together at its first one's place,
   * and whatever is resumed goes by its latest, which is no earlier.
   */
  #token(): string {
    const [firstPending] = this.#pending.values();
    const { token } = this.#watching;
    return token(firstPending === undefined ? this.#parts.log.sequence : firstPending - 1);
  }

  #isAhead(name: string): boolean {
    if (this.#scanned === 'all') return false;
    const { to } = this.#scanned;
    return to === undefined || compareUtf8(name, to) > 0;
  }

  /** Waits for something to happen. Whether nothing did for the time of a heartbeat. */
  async #isSilent(): Promise<boolean> {
    const happened = new AbortController();
    this.#wake = () => happened.abort();
    await this.#parts.runtime.sleep(HEARTBEAT_MS, happened.signal);
    this.#wake = () => {};
    return !happened.signal.aborted;
  }

  #check(): void {
    throwIfLeft(this.#watching.caller);
    if (this.#tooSlow) throw new ErrWatchTooSlow(this.#parts.maxPending, 1_000);
  }
}

function firstNames(entries: Iterable<Entry>): string[] {
  const names: string[] = [];
  for (const { name } of entries) {
    names.push(name);
    if (names.length === CHUNK) break;
  }
  return names;
}
