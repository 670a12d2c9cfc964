import type { Caller, WriteCall } from './call.ts';
import type { Sending } from './caller.ts';
import type { WriteAnswer } from './write-answer.ts';
import type { WriteRules } from './write-rules.ts';

/** A call that waits for its name, or is being applied. */
export interface WaitingWrite {
  readonly rules: WriteRules<WriteCall>;
  readonly call: WriteCall;
  readonly caller: Caller;
  readonly sending: Sending;
  /** To be called once, when the wait for the name is over. */
  begun: (() => void) | undefined;
  /** What the call came to; set when it was written together with an earlier one. */
  outcome: { readonly answer: WriteAnswer } | { readonly error: unknown } | undefined;
}

/** The calls of each name that wait, in the order in which they came. */
export class WaitingWrites {
  readonly #ofName = new Map<string, Set<WaitingWrite>>();

  join(write: WaitingWrite): void {
    const { name } = write.call;
    const waiting = this.#ofName.get(name);
    if (waiting === undefined) this.#ofName.set(name, new Set([write]));
    else waiting.add(write);
  }

  leave(write: WaitingWrite): void {
    const { name } = write.call;
    const waiting = this.#ofName.get(name);
    waiting?.delete(write);
    if (waiting?.size === 0) this.#ofName.delete(name);
  }

  /** Those that came after the first of the name and whose callers still wait, in their order. */
  *behind(first: WaitingWrite): Generator<WaitingWrite> {
    for (const write of this.#ofName.get(first.call.name) ?? []) {
      if (write !== first && !write.caller.signal.aborted) yield write;
    }
  }
}
