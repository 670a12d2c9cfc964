import { Code } from '@connectrpc/connect';
import { ErrNotReady, ErrOutcomeUnknown } from '../catalog/errors.ts';
import type { Log } from '../catalog/runtime.ts';
import { ErrAuthenticationUnavailable } from './access-errors.ts';
import type { ServedCall } from './served-call.ts';
import type { Status } from './status.ts';

/** Writes lines about calls that nobody has to look at. */
export interface AccessLog {
  /** Whether the call that has just ended is to be logged. */
  sampled(): boolean;
  /** Writes its line. */
  write(fields: object, message: string): void;
}

/** How a call ended. */
export interface Ended {
  readonly rpc: string;
  readonly call: ServedCall;
  readonly seconds: number;
}

/** Codes that an operator wants to know of; most others are the caller's business. */
const WORTH_A_WARNING: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.Internal,
  Code.DataLoss,
  Code.ResourceExhausted,
]);

/** Writes the line about a call that went well, if there is an access log and its sample has it. */
export function logSuccess(access: AccessLog | undefined, ended: Ended): void {
  if (access?.sampled() === true) access.write(fieldsOf(ended, 'OK', ''), 'call');
}

/**
 * Writes the line about a call that failed: as loud as it is worth to an operator. What is the
 * caller's business goes to the access log, else it shows at the level debug. Whoever was not let in was
 * logged at the door.
 */
export function logFailure(
  log: Log,
  access: AccessLog | undefined,
  ended: Ended,
  status: Status,
  err: unknown,
): void {
  const fields = { ...fieldsOf(ended, Code[status.code], status.reason), err };
  if (status.code === Code.Internal || status.code === Code.DataLoss) {
    log.error(fields, 'a call failed');
  } else if (err instanceof ErrNotReady) {
    // Who asks before the catalog is loaded, a probe say, asks again and again.
    log.debug(fields, 'a call came too early');
  } else if (err instanceof ErrAuthenticationUnavailable) {
    // Strangers can make as many of these as they like; that keys cannot be fetched is logged there.
    log.debug(fields, 'a caller could not be told');
  } else if (WORTH_A_WARNING.has(status.code) || err instanceof ErrOutcomeUnknown) {
    log.warn(fields, 'a call failed');
  } else if (access?.sampled() === true) {
    access.write(fields, 'call');
  } else {
    log.debug(fields, 'a call was refused');
  }
}

function fieldsOf({ rpc, call, seconds }: Ended, code: string, reason: string): object {
  const { protocol, peer } = call.incoming;
  return {
    callId: call.id,
    rpc,
    code,
    ...(reason === '' ? {} : { reason }),
    ms: Math.round(seconds * 1e6) / 1e3,
    protocol,
    peer: peer.address,
    ...(call.identity === undefined ? {} : { caller: call.identity.name }),
  };
}
