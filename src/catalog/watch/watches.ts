import type { Caller } from '../call.ts';
import { ErrInvalidArgument, ErrTooManyWatchers } from '../errors.ts';
import { MAX_NAME_BYTES } from '../name.ts';
import { textProblem } from '../text.ts';
import { ChangeLog } from './change-log.ts';
import { readResumeToken, resumeTokens } from './resume-token.ts';
import type { WatchEvent } from './watch-event.ts';
import { Watcher, type WatcherParts, type Watching } from './watcher.ts';

/** What watchers may take of a process. */
export interface WatchLimits {
  /** Watchers at a time. Default 1,000. */
  readonly maxWatchers: number;
  /** Changed names kept for each watcher that does not read. Default 10,000. */
  readonly maxPending: number;
  /** Changed names remembered for watchers that come back. Default 100,000. */
  readonly maxRemembered: number;
}

const DEFAULT_LIMITS: WatchLimits = {
  maxWatchers: 1_000,
  maxPending: 10_000,
  maxRemembered: 100_000,
};

/** What {@link Watches} work with. */
export interface WatchesOptions
  extends Pick<
    WatcherParts,
    'index' | 'runtime' | 'ageMs' | 'unreadable' | 'catchUp' | 'observer'
  > {
  /** What differs from the defaults. */
  readonly limits?: Partial<WatchLimits> | undefined;
}

/** All watchers of this process, and what it remembers for those that come back. */
export class Watches {
  readonly #parts: WatcherParts;
  readonly #maxWatchers: number;
  readonly #watchers = new Set<Watcher>();
  /** The last turn that was asked for: streams go on one after another. */
  #turns: Promise<void> = Promise.resolve();
  /** Names this life of the process. Without the first watcher there is nothing to go on from. */
  #incarnation: string | undefined;

  constructor({ limits, ...parts }: WatchesOptions) {
    const { maxWatchers, maxPending, maxRemembered } = { ...DEFAULT_LIMITS, ...limits };
    const turn = () => this.#nextTurn();
    this.#parts = { ...parts, log: new ChangeLog(maxRemembered), maxPending, turn };
    this.#maxWatchers = maxWatchers;
  }

  /** Number of watchers. */
  get size(): number {
    return this.#watchers.size;
  }

  /** Notes that the entry of a name is another one now. */
  changed(name: string): void {
    if (this.#incarnation === undefined) return;
    this.#parts.log.add(name);
    for (const watcher of this.#watchers) watcher.changed(name);
  }

  /**
   * The state of the names that begin with `prefix`, and then each change of one, without an end.
   *
   * @param resumeToken that of the last event of an earlier stream; empty to begin anew.
   * @throws {ErrInvalidArgument} for a bad prefix, or a token that is none or of another prefix.
   * @throws {ErrTooManyWatchers} if there are as many as there may be.
   * @throws what {@link Watcher.events} does.
   */
  async *watch(
    prefix: string,
    resumeToken: string,
    caller: Caller,
  ): AsyncGenerator<WatchEvent, never, undefined> {
    const watcher = this.#open(prefix, resumeToken, caller);
    const close = () => {
      this.#watchers.delete(watcher);
      watcher.wake();
    };
    // Of a stream that is stuck with its last event nobody may ever ask for the next one.
    caller.signal.addEventListener('abort', close, { once: true });
    try {
      return yield* watcher.events();
    } finally {
      caller.signal.removeEventListener('abort', close);
      close();
    }
  }

  #nextTurn(): Promise<void> {
    this.#turns = this.#turns.then(() => this.#parts.runtime.sleep(0));
    return this.#turns;
  }

  #open(prefix: string, resumeToken: string, caller: Caller): Watcher {
    const description = textProblem(prefix, 0, MAX_NAME_BYTES);
    if (description !== undefined) throw new ErrInvalidArgument([{ field: 'prefix', description }]);
    this.#incarnation ??= this.#parts.runtime.uuid();
    // A caller for whom other names exist than for the one who was given the token has to begin anew.
    const incarnation = this.#incarnation + caller.reads.key;
    const token = resumeTokens(incarnation, prefix);
    const start = this.#start(prefix, resumeToken, incarnation, caller);
    if (this.#watchers.size >= this.#maxWatchers) {
      throw new ErrTooManyWatchers(this.#maxWatchers, 5_000);
    }
    const watcher = new Watcher(this.#parts, { prefix, caller, token, ...start });
    this.#watchers.add(watcher);
    return watcher;
  }

  #start(
    prefix: string,
    resumeToken: string,
    incarnation: string,
    { reads }: Caller,
  ): Pick<Watching, 'backlog' | 'reset'> {
    const { log, maxPending } = this.#parts;
    const from = readResumeToken(resumeToken, prefix);
    if (from === undefined) return { backlog: undefined, reset: false };
    const ours = from.incarnation === incarnation && from.sequence <= log.sequence;
    const backlog = ours ? log.since(from.sequence, prefix, maxPending, reads) : undefined;
    return { backlog, reset: backlog === undefined };
  }
}
