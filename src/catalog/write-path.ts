import type { SchemaChange } from '../schema/compatibility.ts';
import type { Caller, Change, WriteCall } from './call.ts';
import { answerOrLeave, type Sending, throwIfLeft } from './caller.ts';
import { type Decision, decide } from './decide.ts';
import { type Entry, isKept, isLive, type ViewCodec } from './entry.ts';
import { entryOf } from './entry-of.ts';
import { ErrContended, ErrOutcomeUnknown } from './errors.ts';
import type { KeyLock } from './key-lock.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import type { ManifestWriter } from './manifest-writer.ts';
import type { CatalogObserver } from './observer.ts';
import type { Runtime } from './runtime.ts';
import type { WriteRules } from './write-rules.ts';

/** What a call that writes comes to. */
export interface WriteAnswer {
  /** The manifest as the call left it; if replayed, as it is now, if there is anything to show. */
  readonly entry: Entry | undefined;
  /** Whether the dataset was there before. */
  readonly existing: boolean;
  readonly replayed: boolean;
  /** The version which the call wrote, or would write; 0 if there is nothing to write. */
  readonly version: bigint;
  /** How the schema changed, where that is known. */
  readonly changes?: readonly SchemaChange[] | undefined;
}

/** The parts a {@link WritePath} works with. */
export interface WritePathParts {
  readonly index: ManifestIndex;
  readonly reader: ManifestReader;
  readonly writer: ManifestWriter;
  readonly codec: ViewCodec;
  readonly runtime: Runtime;
  /** Orders the writes of a name. */
  readonly lock: KeyLock;
  /** How often a write may lose the race for its name before it gives up. */
  readonly maxLostRaces: number;
  /** Whether other processes may write to the store. */
  readonly shared: boolean;
  readonly observer: CatalogObserver;
}

/**
 * The one way by which anything changes: lookup, decision, put and the change of the index are one
 * critical section per name (R5, R6), whatever the method.
 */
export class WritePath {
  readonly #parts: WritePathParts;

  constructor(parts: WritePathParts) {
    this.#parts = parts;
  }

  /**
   * Applies a call by the rules of its method. Durable when the promise resolves. When the caller
   * leaves early the promise rejects at once, and what has been sent to the store goes on to its end.
   */
  async write<C extends WriteCall>(
    rules: WriteRules<C>,
    call: C,
    caller: Caller,
  ): Promise<WriteAnswer> {
    const { lock, reader, observer } = this.#parts;
    const sending: Sending = { sent: false };
    const waited = observer.step?.('lock');
    const work = lock.run(call.name, async () => {
      waited?.();
      try {
        return await this.#apply(rules, call, caller, sending);
      } finally {
        reader.decided(call.name);
      }
    });
    const onLeft = () => reader.leftUndecided(call.name);
    return answerOrLeave(call.name, caller, sending, work, onLeft);
  }

  /** Resolves when every write that was accepted so far has come to its end. */
  idle(): Promise<void> {
    return this.#parts.lock.idle();
  }

  /** Runs under the lock of the name. */
  async #apply<C extends WriteCall>(
    rules: WriteRules<C>,
    call: C,
    caller: Caller,
    sending: Sending,
  ): Promise<WriteAnswer> {
    const { index, reader, writer, codec, runtime, shared, maxLostRaces, observer } = this.#parts;
    throwIfLeft(caller);
    const asks = reader.isUndecided(call.name);
    let current = asks ? await reader.fresh(call.name) : index.get(call.name);
    let fresh = asks || !shared;
    for (let lostRaces = 0; lostRaces < maxLostRaces; ) {
      const decided = observer.step?.('decide');
      const decision = decide(rules, call, current, runtime.now(), codec);
      decided?.();
      throwIfLeft(caller);
      if (decision.kind === 'write' && !call.validateOnly) {
        const change = changeOf(rules, call, current);
        const result = await reportingUnknown(caller, change, () =>
          writer.write(current, decision.candidate, sending, lostRaces),
        );
        if (result.kind === 'landed') {
          await caller.onChange?.({ ...change, outcome: 'done' });
          return written(decision, result.entry);
        }
        observer.lostRace?.();
        current = result.current;
        fresh = true;
        lostRaces++;
      } else if (fresh) {
        const isShown = rules.showsDeleted ? isKept : isLive;
        return withoutWrite(decision, isShown(current) ? current : undefined, codec);
      } else {
        current = await reader.fresh(call.name);
        fresh = true;
      }
    }
    throw new ErrContended(call.name, maxLostRaces, 1_000);
  }
}

function changeOf<C extends WriteCall>(
  { method }: WriteRules<C>,
  { name, requestId }: C,
  current: Entry | undefined,
): Omit<Change, 'outcome'> {
  const fromVersion = current?.version ?? 0n;
  return { method, name, requestId, fromVersion, toVersion: fromVersion + 1n };
}

/** A change that may have happened is one to tell of, too. */
async function reportingUnknown<T>(
  caller: Caller,
  change: Omit<Change, 'outcome'>,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ErrOutcomeUnknown) {
      await caller.onChange?.({ ...change, outcome: 'unknown' });
    }
    throw error;
  }
}

function written(
  { existing, changes }: Extract<Decision, { kind: 'write' }>,
  entry: Entry,
): WriteAnswer {
  return { entry, existing, replayed: false, version: entry.version, changes };
}

function withoutWrite(decision: Decision, shown: Entry | undefined, codec: ViewCodec): WriteAnswer {
  switch (decision.kind) {
    case 'refuse':
      throw decision.error;
    case 'nothing':
      return { entry: undefined, existing: false, replayed: false, version: 0n };
    case 'replay': {
      const { existing, version } = decision.write;
      return { entry: shown, existing, replayed: true, version };
    }
    case 'write': {
      const file = { ...decision.candidate(''), readOnly: false };
      return written(decision, entryOf(file, '', codec));
    }
  }
}
