import type { Entry } from '../../src/catalog/entry.ts';
import type { LeftBecause } from '../../src/catalog/errors.ts';
import { ManifestIndex } from '../../src/catalog/manifest-index.ts';
import { packEntry } from '../../src/catalog/packed-entry.ts';
import type { WatchEvent } from '../../src/catalog/watch/watch-event.ts';
import { Watches, type WatchLimits } from '../../src/catalog/watch/watches.ts';
import { leavingCaller } from '../support/catalog.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';

const NOTHING = new Uint8Array();

/** An index entry with no more to it than a watcher looks at. */
export function entry(name: string, version: number, deleted = false): Entry {
  return packEntry({
    name,
    datasetId: '',
    schemaFingerprint: 'fp',
    createdAt: 0n,
    updatedAt: 0n,
    version: BigInt(version),
    etag: `${version}-${deleted}`,
    objectCount: 0,
    recentWrites: [],
    deletedAt: deleted ? 0n : undefined,
    readOnly: false,
    views: { bytes: NOTHING, fullFrom: 0, basicTo: 0 },
    storeEtag: '',
  });
}

/** A runtime in which time passes only when the test says so. */
export class StillRuntime extends FakeRuntime {
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  override async sleep(ms: number, signal?: AbortSignal) {
    if (ms === 0) return new Promise<void>((resolve) => setImmediate(resolve));
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { until: this.monotonic() + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => resolve());
    await promise;
    this.#sleepers.delete(sleeper);
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.advance(ms);
    for (const { until, wake } of this.#sleepers) if (until <= this.monotonic()) wake();
  }

  /** How many wait. */
  get sleeping(): number {
    return this.#sleepers.size;
  }
}

/** An index that is watched, and what a test does with it. */
export function watched(limits: Partial<WatchLimits> = {}, unreadable: readonly string[] = []) {
  const runtime = new StillRuntime();
  const index: ManifestIndex = new ManifestIndex((name) => watches.changed(name));
  const watches: Watches = new Watches({
    index,
    runtime,
    limits,
    ageMs: () => 1_234,
    unreadable: (prefix) => unreadable.filter((name) => name.startsWith(prefix)),
    catchUp: async () => {},
  });
  return {
    index,
    runtime,
    watches,
    /** Makes that the entry of its name. */
    set(shown: Entry) {
      index.observe(shown.name, shown, index.get(shown.name));
    },
    /** Leaves no trace of the name. */
    drop(name: string) {
      index.observe(name, undefined, index.get(name));
    },
    open(prefix = '', token = '', because: LeftBecause = 'canceled') {
      const { caller, leave } = leavingCaller(because);
      return new Reader(watches.watch(prefix, token, caller), leave);
    },
  };
}

/** Reads a stream as far as it goes without waiting. */
export class Reader {
  readonly #stream: AsyncGenerator<WatchEvent>;
  /** Makes the caller leave. */
  readonly leave: () => void;
  #next: Promise<IteratorResult<WatchEvent>> | undefined;

  constructor(stream: AsyncGenerator<WatchEvent>, leave: () => void) {
    this.#stream = stream;
    this.leave = leave;
  }

  /** The next event, or `undefined` if there is none for the time being. */
  async next(): Promise<WatchEvent | undefined> {
    this.#next ??= this.#stream.next();
    const next = this.#next;
    // Whoever leaves does not look.
    next.catch(() => {});
    const result = await Promise.race([next, soon()]);
    if (result === undefined) return undefined;
    this.#next = undefined;
    return result.done ? undefined : result.value;
  }

  /** All events that there are, or that many. */
  async read(atMost = Number.POSITIVE_INFINITY): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    while (events.length < atMost) {
      const event = await this.next();
      if (event === undefined) break;
      events.push(event);
    }
    return events;
  }
}

/** Longer than anything takes that does not wait. */
async function soon(): Promise<undefined> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Events in short: `put a@1`. */
export function inShort(events: readonly WatchEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === 'put') return `put ${event.entry.name}@${event.entry.version}`;
    if (event.kind === 'removed') return `removed ${event.name}@${event.version}`;
    return event.kind;
  });
}
