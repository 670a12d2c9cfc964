import pLimit from 'p-limit';
import { Batch } from './batch.ts';
import type { Caller, Change, WriteCall } from './call.ts';
import { answerOrLeave, sentTogether, throwIfLeft } from './caller.ts';
import { type Decision, decide } from './decide.ts';
import { type Entry, isKept, isLive, type ViewCodec } from './entry.ts';
import { entryOf } from './entry-of.ts';
import { ErrContended, ErrOutcomeUnknown } from './errors.ts';
import type { KeyLock } from './key-lock.ts';
import type { ManifestIndex } from './manifest-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import type { ManifestWriter, WriteResult } from './manifest-writer.ts';
import type { CatalogObserver } from './observer.ts';
import type { Runtime } from './runtime.ts';
import { type WaitingWrite, WaitingWrites } from './waiting-writes.ts';
import type { WriteAnswer } from './write-answer.ts';
import type { WriteRules } from './write-rules.ts';

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
  /** How many writes may be at the store at once; the others wait. */
  readonly maxInFlight: number;
  /** How many writes of a name one put may hold; 1: each has a put of its own. */
  readonly maxTogether: number;
}

/**
 * The one way by which anything changes: lookup, decision, put and the change of the index are one
 * critical section per name (R5, R6), whatever the method.
 */
export class WritePath {
  readonly #parts: WritePathParts;
  readonly #waiting = new WaitingWrites();
  readonly #limit: ReturnType<typeof pLimit>;

  constructor(parts: WritePathParts) {
    this.#parts = parts;
    this.#limit = pLimit(parts.maxInFlight);
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
    const own: WaitingWrite = {
      // A rule gets no call but those it came with.
      rules: rules as unknown as WriteRules<WriteCall>,
      call,
      caller,
      sending: { sent: false },
      begun: observer.step?.('lock'),
      outcome: undefined,
    };
    const turn = async () => {
      try {
        if (own.outcome === undefined) return await this.#limit(() => this.#apply(own));
        if ('error' in own.outcome) throw own.outcome.error;
        return own.outcome.answer;
      } finally {
        this.#waiting.leave(own);
        reader.decided(call.name);
      }
    };
    const work = lock.run(call.name, turn, () => this.#waiting.join(own));
    const onLeft = () => reader.leftUndecided(call.name);
    return answerOrLeave(call.name, caller, own.sending, work, onLeft);
  }

  /** Resolves when every write that was accepted so far has come to its end. */
  idle(): Promise<void> {
    return this.#parts.lock.idle();
  }

  /** Runs under the lock of the name. */
  async #apply(own: WaitingWrite): Promise<WriteAnswer> {
    const { index, reader, codec, shared, maxLostRaces, observer } = this.#parts;
    const { rules, call, caller } = own;
    begin(own);
    throwIfLeft(caller);
    const asks = reader.isUndecided(call.name);
    let current = asks ? await reader.fresh(call.name) : index.get(call.name);
    let fresh = asks || !shared;
    for (let lostRaces = 0; lostRaces < maxLostRaces; ) {
      const decision = this.#decide(own, current);
      throwIfLeft(caller);
      if (decision.kind === 'write' && !call.validateOnly) {
        const result = await this.#writeGroup(own, decision, current, lostRaces);
        if (result.kind === 'landed') return result.answer;
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

  #decide({ rules, call }: WaitingWrite, current: Entry | undefined): Decision {
    const { observer, runtime, codec } = this.#parts;
    const decided = observer.step?.('decide');
    const decision = decide(rules, call, current, runtime.now(), codec);
    decided?.();
    return decision;
  }

  /** Writes a call, and with it those behind it that can be, and gives each what it came to. */
  async #writeGroup(
    own: WaitingWrite,
    decision: Writing,
    current: Entry | undefined,
    lostRaces: number,
    maxTogether = this.#parts.maxTogether,
  ): Promise<{ kind: 'landed'; answer: WriteAnswer } | Extract<WriteResult, { kind: 'lost' }>> {
    const { group, batch } = this.#group(own, decision, current, maxTogether);
    const writes = group.map(({ write }) => write);
    const fromVersion = current?.version ?? 0n;
    const told = async (outcome: Change['outcome']) => {
      for (const [i, write] of writes.entries()) {
        await write.caller.onChange?.({ ...changeOf(write, fromVersion + BigInt(i)), outcome });
      }
    };
    try {
      const sending = sentTogether(writes.map((write) => write.sending));
      const result = await this.#parts.writer.write(current, batch, sending, lostRaces);
      if (result.kind === 'lost') return result;
      if (group.length > 1) this.#parts.observer.wroteTogether?.(group.length);
      await told('done');
      for (const [i, { write, decided }] of group.entries()) {
        write.outcome = { answer: written(decided, result.entries[i] as Entry) };
      }
      return { kind: 'landed', answer: written(decision, result.entries[0] as Entry) };
    } catch (error) {
      // There can be no file of one of them: alone, each finds out whether of itself.
      if (error instanceof RangeError && group.length > 1) {
        return this.#writeGroup(own, decision, current, lostRaces, 1);
      }
      // A change that may have happened is one to tell of, too.
      if (error instanceof ErrOutcomeUnknown) await told('unknown');
      for (const write of writes) write.outcome = { error };
      throw error;
    } finally {
      for (const write of writes) if (write.outcome !== undefined) this.#waiting.leave(write);
    }
  }

  /**
   * The call and those behind it, as long as each is a write on what the one before it leaves. What is
   * refused, repeated or only tried needs a read of the store, and so a turn of its own (R16).
   */
  #group(own: WaitingWrite, decision: Writing, current: Entry | undefined, maxTogether: number) {
    const { codec, runtime } = this.#parts;
    const batch = new Batch(current, runtime.uuid(), codec);
    batch.add(decision.candidate);
    const group = [{ write: own, decided: decision }];
    for (const write of this.#waiting.behind(own)) {
      if (group.length >= maxTogether) break;
      const decided = this.#decide(write, batch.state);
      if (decided.kind !== 'write' || write.call.validateOnly) break;
      batch.add(decided.candidate);
      begin(write);
      group.push({ write, decided });
    }
    return { group, batch };
  }
}

/** A decision to write. */
type Writing = Extract<Decision, { kind: 'write' }>;

/** Ends the wait for the name, once. */
function begin(write: WaitingWrite): void {
  write.begun?.();
  write.begun = undefined;
}

function changeOf({ rules, call }: WaitingWrite, fromVersion: bigint): Omit<Change, 'outcome'> {
  const { name, requestId } = call;
  return { method: rules.method, name, requestId, fromVersion, toVersion: fromVersion + 1n };
}

function written({ existing, changes }: Writing, entry: Entry): WriteAnswer {
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
      const file = { ...decision.candidate('', []), readOnly: false };
      return written(decision, entryOf(file, '', codec));
    }
  }
}
