import type { Caller } from './call.ts';
import {
  type CatalogError,
  ErrCanceled,
  ErrDeadlineExceeded,
  ErrNotReady,
  ErrOutcomeUnknown,
} from './errors.ts';

/** How far a write has come, as its caller is to be told if it leaves now. */
export interface Sending {
  /** True from the moment a put is sent until it is known not to have taken effect. */
  sent: boolean;
}

/** Several writes that are sent together. */
export function sentTogether(writes: readonly Sending[]): Sending {
  return {
    get sent() {
      return writes.some(({ sent }) => sent);
    },
    set sent(sent) {
      for (const write of writes) write.sent = sent;
    },
  };
}

/**
 * The answer of a piece of work, or at once the right refusal when its caller leaves: the work goes
 * on to its end, for a put that was sent is not taken back (R15).
 *
 * @param onLeft called when the caller leaves a put that is under way.
 */
export async function answerOrLeave<T>(
  name: string,
  caller: Caller,
  sending: Sending,
  work: Promise<T>,
  onLeft: () => void = () => {},
): Promise<T> {
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = () => {
    const because = caller.leftBecause();
    if (sending.sent) onLeft();
    reject(sending.sent ? new ErrOutcomeUnknown(name, { left: because }) : refusal(caller));
  };
  if (caller.signal.aborted) leave();
  else caller.signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([left, work]);
  } finally {
    caller.signal.removeEventListener('abort', leave);
  }
}

/** Refuses to go on if the caller has left. To be called right before something is sent. */
export function throwIfLeft(caller: Caller): void {
  if (caller.signal.aborted) throw refusal(caller);
}

function refusal(caller: Caller): CatalogError {
  switch (caller.leftBecause()) {
    case 'deadline':
      return new ErrDeadlineExceeded();
    case 'canceled':
      return new ErrCanceled();
    case 'shutdown':
      return new ErrNotReady('shutdown');
  }
}
