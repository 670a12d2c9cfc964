import type {
  Caller,
  DeleteCall,
  EvolveCall,
  RegisterCall,
  UndeleteCall,
  UpdateObjectsCall,
  WriteCall,
} from './call.ts';
import { Checkpointer } from './checkpointer.ts';
import { deleteRules, purgeRules, undeleteRules } from './delete-rules.ts';
import type { Entry } from './entry.ts';
import { ErrManifestNotFound, ErrNotReady, ErrVersionGone, quote } from './errors.ts';
import { evolveRules } from './evolve-rules.ts';
import { Finder } from './finder.ts';
import { KeyLock } from './key-lock.ts';
import { MAX_UNREADABLE_NAMES } from './limits.ts';
import { ManifestIndex } from './manifest-index.ts';
import { ManifestReader } from './manifest-reader.ts';
import { ManifestWriter } from './manifest-writer.ts';
import { checkName } from './name.ts';
import { NameScope } from './name-scope.ts';
import { type Roots, reservedKeys } from './object-key.ts';
import { UNOBSERVED } from './observer.ts';
import { checkMinVersion, type ReadOptions, WEAK } from './read-options.ts';
import { Refresher } from './refresh.ts';
import { registerRules } from './register-rules.ts';
import type { RegistryOptions } from './registry-options.ts';
import { type Rehydrated, type RehydrateOptions, rehydrate } from './rehydrate.ts';
import { rereadUncertain } from './reread.ts';
import { Retention } from './retention.ts';
import { SingleFlight } from './single-flight.ts';
import { compareUtf8 } from './text.ts';
import { updateObjectsRules } from './update-objects-rules.ts';
import {
  checkEvolveCall,
  checkRegisterCall,
  checkUpdateObjectsCall,
  checkWriteCall,
} from './validate.ts';
import type { WatchEvent } from './watch/watch-event.ts';
import { Watches } from './watch/watches.ts';
import type { WriteAnswer } from './write-answer.ts';
import { CHECKPOINT_LIMITS, type WrittenCheckpoint } from './write-checkpoint.ts';
import { WRITE_LIMITS } from './write-limits.ts';
import { WritePath } from './write-path.ts';
import type { WriteRules } from './write-rules.ts';

/**
 * The catalog: an index in memory over the manifests in the store, and the contract by which they
 * change. Every other part of the program is a way to reach it.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #index = new ManifestIndex((name) => this.#watches.changed(name));
  readonly #finder: Finder;
  readonly #reader: ManifestReader;
  readonly #writePath: WritePath;
  readonly #watches: Watches;
  readonly #isReserved: (key: string) => boolean;
  /** Refreshes which begin after they are asked for, shared by all who ask meanwhile. */
  readonly #catchUps = new SingleFlight(() => this.#catchUp());
  #refresher: Refresher | undefined;
  #checkpointer: Checkpointer | undefined;

  constructor(options: RegistryOptions) {
    const { store, codec, runtime, log, dataRoot, observer = UNOBSERVED } = options;
    const roots: Roots = { store: store.rootUri, aliases: store.rootAliases, data: dataRoot };
    this.#options = options;
    this.#isReserved = reservedKeys(roots);
    this.#reader = new ManifestReader(store, codec, this.#index, log, observer);
    this.#finder = new Finder({
      index: this.#index,
      reader: this.#reader,
      runtime,
      shared: options.shared,
    });
    const { conditional = true, settleWithinMs = 30_000, maxLostRaces = 16 } = options;
    const writes = { ...WRITE_LIMITS, ...options.writes };
    const { lock = new KeyLock(writes.maxWaiting, writes.maxWaitingOfName) } = options;
    const common = { index: this.#index, reader: this.#reader, codec, runtime };
    this.#writePath = new WritePath({
      ...common,
      writer: new ManifestWriter({ ...common, store, conditional, settleWithinMs }),
      lock,
      maxLostRaces,
      shared: options.shared,
      observer,
      maxInFlight: writes.maxInFlight,
      maxTogether: writes.maxTogether,
    });
    this.#watches = new Watches({
      index: this.#index,
      runtime,
      ageMs: () => this.ageMs ?? 0,
      unreadable: (prefix, caller) =>
        this.unreadableNames(prefix, undefined, caller).slice(0, MAX_UNREADABLE_NAMES),
      catchUp: () => this.#catchUps.fresh(''),
      observer,
      limits: options.watch,
    });
  }

  /** Number of datasets in the index. */
  get size(): number {
    return this.#index.size;
  }

  /** The names whose manifests could not be read so far: every call on them asks the store. */
  get quarantined(): readonly string[] {
    return [...this.#reader.quarantinedNames()];
  }

  /** Number of names with a put of which it cannot be told for now what became of it. */
  get undecided(): number {
    return this.#reader.undecidedCount;
  }

  /**
   * Loads every manifest of the store, and makes the catalog ready (R10). All or nothing, except in
   * quarantine.
   *
   * @throws {RehydrateError} naming every manifest that cannot be read, or the store if it does not answer.
   */
  async rehydrate(options: RehydrateOptions = {}): Promise<Rehydrated> {
    const { store, codec, runtime, log, observer = UNOBSERVED } = this.#options;
    const began = runtime.monotonic();
    const loaded = await rehydrate({ store, codec, runtime, log }, options);
    const { entries, quarantined, ...counts } = loaded;
    this.#index.load(entries);
    this.#reader.quarantine(quarantined);
    const parts = { store, index: this.#index, reader: this.#reader, runtime, log, observer };
    this.#refresher = new Refresher(parts, began);
    const stale = counts.manifests - counts.fromCheckpoint;
    const limits = { ...CHECKPOINT_LIMITS, ...this.#options.checkpoint };
    this.#checkpointer = new Checkpointer({ ...parts, codec, limits }, stale);
    return counts;
  }

  /**
   * Writes checkpoints, so that the next start need not read every manifest: whenever enough has
   * changed, until the signal fires.
   *
   * @param intervalMs the pause between two looks at how much has changed, in milliseconds.
   */
  async keepCheckpoint(intervalMs: number, signal: AbortSignal): Promise<void> {
    await this.#checkpointer?.run(intervalMs, signal);
  }

  /** Writes a last checkpoint if enough has changed, until the signal cuts it off. */
  async lastCheckpoint(signal: AbortSignal): Promise<void> {
    await this.#checkpointer?.finish(signal);
  }

  /**
   * Writes a checkpoint now.
   *
   * @throws {ErrNotReady} before the catalog is loaded.
   * @throws {StoreError} if the store fails.
   */
  async checkpoint(): Promise<WrittenCheckpoint> {
    if (this.#checkpointer === undefined) throw new ErrNotReady();
    return this.#checkpointer.write();
  }

  /**
   * Follows what other replicas write, until the signal fires. On a store that this process has for
   * itself there is nothing to follow but the repair of what is in quarantine, and the fate of writes of
   * unknown outcome.
   *
   * @param intervalMs the pause between two refreshes of the index, in milliseconds.
   */
  async follow(intervalMs: number, signal: AbortSignal): Promise<void> {
    const { runtime, log, shared } = this.#options;
    if (shared) await this.#refresher?.run(intervalMs, signal);
    else await rereadUncertain({ reader: this.#reader, runtime, log }, intervalMs, signal);
  }

  /**
   * Purges deleted datasets some time after their deletion, until the signal fires.
   *
   * @param retentionMs how long they can be undeleted, in milliseconds of the store's clock.
   * @param onChange told of each purge, as {@link Caller.onChange} is.
   */
  async retain(
    retentionMs: number,
    signal: AbortSignal,
    onChange: NonNullable<Caller['onChange']> = async () => {},
  ): Promise<void> {
    const { store, runtime, log } = this.#options;
    const caller: Caller = {
      signal,
      leftBecause: () => 'shutdown',
      reads: NameScope.all,
      onChange,
    };
    const purge = (call: DeleteCall) => this.purge(call, caller);
    const parts = { store, index: this.#index, runtime, log, purge };
    await new Retention(parts, retentionMs).run(signal);
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

  /** How much older than usual the index is, in milliseconds: see {@link Refresher.overdueMs}. */
  get overdueMs(): number {
    return this.#options.shared ? (this.#refresher?.overdueMs ?? 0) : 0;
  }

  /**
   * Registers a dataset: idempotent by name and schema fingerprint (R1-R7, R13-R16). As every write:
   * durable when the promise resolves. When the caller leaves early the promise rejects at once, and
   * what has been sent to the store goes on to its end.
   */
  async register(call: RegisterCall, caller: Caller): Promise<WriteAnswer> {
    checkRegisterCall(call, this.#isReserved);
    return this.#write(registerRules, call, caller);
  }

  /**
   * Changes the schema of a dataset, and with it the fingerprint.
   *
   * @throws {ErrSchemaIncompatible} naming the fields that break the compatibility asked for.
   */
  async evolve(call: EvolveCall, caller: Caller): Promise<WriteAnswer> {
    checkEvolveCall(call, this.#isReserved);
    return this.#write(evolveRules, call, caller);
  }

  /**
   * Adds, replaces and removes objects of a dataset.
   *
   * @throws {ErrObjectNotFound} if a key to remove is not there.
   */
  async updateObjects(call: UpdateObjectsCall, caller: Caller): Promise<WriteAnswer> {
    checkUpdateObjectsCall(call, this.#isReserved);
    return this.#write(updateObjectsRules, call, caller);
  }

  /** Deletes a dataset: what is left is a tombstone, which can be undeleted (R12). */
  async delete(call: DeleteCall, caller: Caller): Promise<WriteAnswer> {
    checkWriteCall(call);
    return this.#write(deleteRules, call, caller);
  }

  /**
   * Brings a deleted dataset back as it was.
   *
   * @throws {ErrManifestExists} if it is not deleted.
   */
  async undelete(call: UndeleteCall, caller: Caller): Promise<WriteAnswer> {
    checkWriteCall(call);
    return this.#write(undeleteRules, call, caller);
  }

  /**
   * Empties a tombstone. Its file stays (R12).
   *
   * @throws {ErrNotDeleted} if the dataset is live.
   */
  async purge(call: DeleteCall, caller: Caller): Promise<WriteAnswer> {
    checkWriteCall(call);
    return this.#write(purgeRules, call, caller);
  }

  #write<C extends WriteCall>(rules: WriteRules<C>, call: C, caller: Caller): Promise<WriteAnswer> {
    this.#assertReady();
    return this.#writePath.write(rules, call, caller);
  }

  /**
   * The manifest of a dataset.
   *
   * @throws {ErrManifestNotFound} if there is none, or it was deleted.
   * @throws {ErrInvalidArgument} if no version as late as the one asked for was ever acknowledged.
   */
  async get(name: string, caller: Caller, options: ReadOptions = WEAK): Promise<Entry> {
    this.#checkName(name);
    this.#assertReady();
    const entry = await this.#finder.find(name, caller, options);
    if (entry === undefined) throw new ErrManifestNotFound(name);
    checkMinVersion('min_version', options.minVersion, entry.version);
    return entry;
  }

  /**
   * The manifests of several datasets, `undefined` for one that does not exist, in the order of the
   * names.
   */
  async batchGet(
    names: readonly string[],
    caller: Caller,
    optionsOf: (name: string) => ReadOptions = () => WEAK,
  ): Promise<readonly (Entry | undefined)[]> {
    for (const [i, name] of names.entries()) this.#checkName(name, `names[${i}]`);
    this.#assertReady();
    return Promise.all(
      names.map(async (name) => {
        const options = optionsOf(name);
        const entry = await this.#finder.find(name, caller, options);
        if (entry === undefined) return undefined;
        checkMinVersion(`min_versions[${quote(name)}]`, options.minVersion, entry.version);
        return entry;
      }),
    );
  }

  /**
   * The manifests whose names begin with `prefix` and come after `after`, in the byte order of their
   * names. Lazy: to be used up before anything else runs.
   *
   * @param showDeleted whether those that can be undeleted are among them.
   */
  async scan(
    prefix: string,
    after: string | undefined,
    caller: Caller,
    showDeleted = false,
  ): Promise<Iterable<Entry>> {
    this.#assertReady();
    const { reads } = caller;
    const undecided = [...this.#reader.undecidedNames()].filter(
      (name) =>
        name.startsWith(prefix) &&
        (after === undefined || compareUtf8(name, after) > 0) &&
        reads.covers(name),
    );
    await Promise.all(undecided.map((name) => this.#finder.fresh(name, caller)));
    return this.#index.scan(prefix, after, reads, showDeleted);
  }

  /**
   * The names whose manifests cannot be read, as {@link scan} names those that can: they begin with
   * `prefix` and come after `after`, in order.
   */
  unreadableNames(
    prefix: string,
    after: string | undefined,
    { reads }: Pick<Caller, 'reads'>,
  ): readonly string[] {
    return this.quarantined
      .filter((name) => name.startsWith(prefix) && reads.covers(name))
      .filter((name) => after === undefined || compareUtf8(name, after) > 0)
      .sort(compareUtf8);
  }

  /**
   * The live manifests whose names begin with `prefix`, in order, and then each change of one,
   * without an end.
   *
   * @param resumeToken that of the last event of an earlier stream; empty to begin anew.
   * @throws {ErrInvalidArgument} for a bad prefix, or a token that is none or of another prefix.
   * @throws {ErrTooManyWatchers} {@link ErrWatchTooSlow} as their comments say.
   * @throws {ErrDeadlineExceeded} {@link ErrCanceled} {@link ErrNotReady} when the caller has left.
   */
  async *watch(
    prefix: string,
    resumeToken: string,
    caller: Caller,
  ): AsyncGenerator<WatchEvent, never, undefined> {
    // So that what is undecided, if it has happened, is in the index.
    await this.scan(prefix, undefined, caller);
    return yield* this.#watches.watch(prefix, resumeToken, caller);
  }

  async #catchUp(): Promise<void> {
    try {
      if (this.#options.shared) await this.refresh();
    } catch (err) {
      this.#options.log.warn({ err }, 'a watcher is told the state as it was known last');
    }
  }

  /** Number of streams of changes. */
  get watchers(): number {
    return this.#watches.size;
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
    const wanted = { ...WEAK, minVersion: version ?? 0n };
    const entry = await this.#finder.find(name, caller, wanted);
    if (entry === undefined) throw new ErrManifestNotFound(name);
    if (version !== undefined && entry.version !== version) {
      throw new ErrVersionGone(name, version, entry.version);
    }
    return { version: entry.version, objects: this.#options.codec.objects(entry, from) };
  }

  /** Resolves when every write that was accepted so far has come to its end. */
  idle(): Promise<void> {
    return this.#writePath.idle();
  }

  /** A name in the index was checked on its way there: the check would cost more than the look. */
  #checkName(name: string, field?: string): void {
    if (this.#index.get(name) === undefined) checkName(name, field);
  }

  #assertReady(): void {
    if (this.#refresher === undefined) throw new ErrNotReady();
  }
}
