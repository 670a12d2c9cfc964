import type { RecentWrite } from '../manifest/manifest.ts';
import type { Store } from '../store/store.ts';
import type { Caller, RegisterCall } from './call.ts';
import { answerOrLeave, type Sending, throwIfLeft } from './caller.ts';
import { type Decision, decideRegister } from './decide-register.ts';
import { type Entry, entryOf, isLive, type ViewCodec } from './entry.ts';
import { ErrContended, ErrManifestNotFound, ErrNotReady, ErrVersionGone, quote } from './errors.ts';
import { Finder } from './finder.ts';
import { checkMinVersion, type Freshness, WEAK } from './freshness.ts';
import { KeyLock } from './key-lock.ts';
import { ManifestIndex } from './manifest-index.ts';
import { ManifestReader } from './manifest-reader.ts';
import { ManifestWriter } from './manifest-writer.ts';
import { checkName } from './name.ts';
import { type Roots, reservedKeys } from './object-key.ts';
import { Refresher } from './refresh.ts';
import { type Rehydrated, type RehydrateOptions, rehydrate } from './rehydrate.ts';
import type { Log, Runtime } from './runtime.ts';
import { compareUtf8 } from './text.ts';
import { checkRegisterCall } from './validate.ts';

/** What a registry is made of. */
export interface RegistryOptions {
  readonly store: Store;
  readonly codec: ViewCodec;
  readonly runtime: Runtime;
  readonly log: Log;
  /**
   * Whether other processes may write to the same store. If so, only what the store says now is
   * believed of a name that is absent or whose state refuses a write (R16).
   */
  readonly shared: boolean;
  /** Whether the store honours conditions on puts. Default true; if not, `shared` must not be. */
  readonly conditional?: boolean;
  /** Where relative keys of data objects are; default: the store's root. */
  readonly dataRoot?: string | undefined;
  /** Orders the writes of a name. Default: a lock per name, at most 10,000 writes at once and 2,000 of a name. */
  readonly lock?: KeyLock;
  /** How often a write may lose the race for its name before it gives up. Default 16. */
  readonly maxLostRaces?: number;
  /** How long to find out what became of a put, in milliseconds. Default 30,000. */
  readonly settleWithinMs?: number;
}

/** What RegisterManifest comes to. */
export interface RegisterResult {
  /** The manifest as the call left it; if replayed, as it is now, if it still exists. */
  readonly entry: Entry | undefined;
  readonly existing: boolean;
  readonly replayed: boolean;
  /** The version which the call wrote, or would write. */
  readonly version: bigint;
}

/**
 * The catalog: an index in memory over the manifests in the store, and the contract by which they
 * change. Every other part of the program is a way to reach it.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #index = new ManifestIndex();
  readonly #finder: Finder;
  readonly #lock: KeyLock;
  readonly #reader: ManifestReader;
  readonly #writer: ManifestWriter;
  readonly #isReserved: (key: string) => boolean;
  #refresher: Refresher | undefined;

  constructor(options: RegistryOptions) {
    const { store, codec, runtime, log, dataRoot } = options;
    const roots: Roots = { store: store.rootUri, aliases: store.rootAliases, data: dataRoot };
    this.#options = options;
    this.#isReserved = reservedKeys(roots);
    this.#lock = options.lock ?? new KeyLock(10_000, 2_000);
    this.#reader = new ManifestReader(store, codec, this.#index, log);
    this.#finder = new Finder({
      index: this.#index,
      reader: this.#reader,
      runtime,
      shared: options.shared,
    });
    this.#writer = new ManifestWriter({
      store,
      codec,
      index: this.#index,
      reader: this.#reader,
      runtime,
      conditional: options.conditional ?? true,
      settleWithinMs: options.settleWithinMs ?? 30_000,
    });
  }

  /** Number of datasets in the index. */
  get size(): number {
    return this.#index.size;
  }

  /**
   * Loads every manifest of the store, and makes the catalog ready (R10). All or nothing.
   *
   * @throws {RehydrateError} naming every manifest that cannot be read, or the store if it does not answer.
   */
  async rehydrate(options: RehydrateOptions = {}): Promise<Rehydrated> {
    const { store, codec, runtime, log } = this.#options;
    const began = runtime.monotonic();
    const { entries, ...counts } = await rehydrate({ store, codec, runtime, log }, options);
    this.#index.load(entries);
    const parts = { store, index: this.#index, reader: this.#reader, runtime, log };
    this.#refresher = new Refresher(parts, began);
    return counts;
  }

  /**
   * Follows what other replicas write, until the signal fires. Without effect on a store that this
   * process has for itself.
   *
   * @param intervalMs the pause between two refreshes of the index, in milliseconds.
   */
  async follow(intervalMs: number, signal: AbortSignal): Promise<void> {
    if (this.#options.shared) await this.#refresher?.run(intervalMs, signal);
  }

  /** Brings the index up to what the store holds now. */
  async refresh(): Promise<void> {
    await this.#refresher?.refresh();
  }

  /**
   * How old the index is at most, in milliseconds: everything that was written longer ago than that
   * is in it. 0 where nobody else can write; `undefined` before the catalog is loaded.
   */
  get ageMs(): number | undefined {
    return this.#options.shared ? this.#refresher?.ageMs : this.#refresher && 0;
  }

  /**
   * Registers a dataset: idempotent by name and schema fingerprint (R1-R7, R13-R16). Durable when
   * the promise resolves. When the caller leaves early the promise rejects at once, and what has
   * been sent to the store goes on to its end.
   */
  async register(call: RegisterCall, caller: Caller): Promise<RegisterResult> {
    checkRegisterCall(call, this.#isReserved);
    this.#assertReady();
    const sending: Sending = { sent: false };
    const work = this.#lock.run(call.name, async () => {
      try {
        return await this.#register(call, caller, sending);
      } finally {
        this.#reader.decided(call.name);
      }
    });
    const onLeft = () => this.#reader.leftUndecided(call.name);
    return answerOrLeave(call.name, caller, sending, work, onLeft);
  }

  /** Runs under the lock of the name. */
  async #register(call: RegisterCall, caller: Caller, sending: Sending): Promise<RegisterResult> {
    const { codec, runtime, shared, maxLostRaces = 16 } = this.#options;
    throwIfLeft(caller);
    const asks = this.#reader.isUndecided(call.name);
    let current = asks ? await this.#reader.fresh(call.name) : this.#index.get(call.name);
    let fresh = asks || !shared;
    for (let lostRaces = 0; lostRaces < maxLostRaces; ) {
      const decision = decideRegister(call, current, runtime.now(), codec);
      throwIfLeft(caller);
      if (decision.kind === 'write' && !call.validateOnly) {
        const result = await this.#writer.write(current, decision.candidate, sending, lostRaces);
        if (result.kind === 'landed') return written(result.entry, decision.existing);
        current = result.current;
        fresh = true;
        lostRaces++;
      } else if (fresh) {
        return this.#withoutWrite(decision, current);
      } else {
        current = await this.#reader.fresh(call.name);
        fresh = true;
      }
    }
    throw new ErrContended(call.name, maxLostRaces, 1_000);
  }

  #withoutWrite(decision: Decision, current: Entry | undefined): RegisterResult {
    if (decision.kind === 'refuse') throw decision.error;
    if (decision.kind === 'replay') return replayed(decision.write, current);
    const file = decision.candidate('');
    const entry = entryOf({ ...file, readOnly: false }, '', this.#options.codec);
    return written(entry, decision.existing);
  }

  /**
   * The manifest of a dataset.
   *
   * @throws {ErrManifestNotFound} if there is none, or it was deleted.
   * @throws {ErrInvalidArgument} if no version as late as the one asked for was ever acknowledged.
   */
  async get(name: string, caller: Caller, freshness: Freshness = WEAK): Promise<Entry> {
    checkName(name);
    this.#assertReady();
    const entry = await this.#finder.find(name, caller, freshness);
    if (entry === undefined) throw new ErrManifestNotFound(name);
    checkMinVersion('min_version', freshness.minVersion, entry.version);
    return entry;
  }

  /**
   * The manifests of several datasets, `undefined` for one that does not exist, in the order of the
   * names.
   */
  async batchGet(
    names: readonly string[],
    caller: Caller,
    freshnessOf: (name: string) => Freshness = () => WEAK,
  ): Promise<readonly (Entry | undefined)[]> {
    for (const [i, name] of names.entries()) checkName(name, `names[${i}]`);
    this.#assertReady();
    return Promise.all(
      names.map(async (name) => {
        const freshness = freshnessOf(name);
        const entry = await this.#finder.find(name, caller, freshness);
        if (entry === undefined) return undefined;
        checkMinVersion(`min_versions[${quote(name)}]`, freshness.minVersion, entry.version);
        return entry;
      }),
    );
  }

  /**
   * The manifests whose names begin with `prefix` and come after `after`, in the byte order of their
   * names. Lazy: to be used up before anything else runs.
   */
  async scan(prefix: string, after: string | undefined, caller: Caller): Promise<Iterable<Entry>> {
    this.#assertReady();
    const undecided = [...this.#reader.undecidedNames()].filter(
      (name) => name.startsWith(prefix) && (after === undefined || compareUtf8(name, after) > 0),
    );
    await Promise.all(undecided.map((name) => this.#finder.fresh(name, caller)));
    return this.#index.scan(prefix, after);
  }

  /**
   * The encoded objects of a dataset, lazily, from the one at `from` on.
   *
   * @param version the version which they have to be of; absent: the current one.
   * @throws {ErrManifestNotFound} if there is no such dataset.
   * @throws {ErrVersionGone} if the dataset is at another version.
   */
  async objects(
    name: string,
    version: bigint | undefined,
    from: number,
    caller: Caller,
  ): Promise<{ readonly version: bigint; readonly objects: Iterable<Uint8Array> }> {
    checkName(name);
    this.#assertReady();
    // The first page may have come from a replica that was further: the store decides then.
    const wanted = { strong: false, minVersion: version ?? 0n };
    const entry = await this.#finder.find(name, caller, wanted);
    if (entry === undefined) throw new ErrManifestNotFound(name);
    if (version !== undefined && entry.version !== version) {
      throw new ErrVersionGone(name, version, entry.version);
    }
    return { version: entry.version, objects: this.#options.codec.objects(entry.views, from) };
  }

  /** Resolves when every write that was accepted so far has come to its end. */
  idle(): Promise<void> {
    return this.#lock.idle();
  }

  #assertReady(): void {
    if (this.#refresher === undefined) throw new ErrNotReady();
  }
}

function written(entry: Entry, existing: boolean): RegisterResult {
  return { entry, existing, replayed: false, version: entry.version };
}

function replayed(write: RecentWrite, current: Entry | undefined): RegisterResult {
  return {
    entry: isLive(current) ? current : undefined,
    existing: write.existing,
    replayed: true,
    version: write.version,
  };
}
