import type { Writable } from 'node:stream';
import type { Change } from '../../catalog/call.ts';
import type { Runtime } from '../../catalog/runtime.ts';
import type { CallEnds, Denial } from '../../rpc/admission.ts';
import { givenCallId, type ServedCall } from '../../rpc/served-call.ts';
import type { Log } from '../log.ts';
import type { Readiness } from '../readiness.ts';
import { AppendFile } from './append-file.ts';
import { LineQueue, type LineQueueEvents } from './line-queue.ts';

/** The audit log cannot be opened. The message is for the operator. */
export class AuditLogError extends Error {
  override name = 'AuditLogError';
}

/** What an {@link AuditLog} is made of. */
export interface AuditLogParts {
  /** The path of a file, or `-` for the standard output. */
  readonly target: string;
  readonly stdout: Writable;
  readonly runtime: Pick<Runtime, 'now' | 'sleep'>;
  readonly log: Log;
  readonly readiness: Readiness;
  /** Told of lines besides what the log is. */
  readonly events: LineQueueEvents;
}

/**
 * One line of JSON for each change and each call that was denied: who, what, from which version to
 * which. docs/audit.md says what is guaranteed.
 */
export class AuditLog {
  readonly #parts: AuditLogParts;
  readonly #queue: LineQueue;
  readonly #file: AppendFile | undefined;

  private constructor(parts: AuditLogParts, file: AppendFile | undefined) {
    this.#parts = parts;
    this.#file = file;
    const write = file
      ? (bytes: Buffer, beginsLine: boolean) => file.append(bytes, beginsLine)
      : (bytes: Buffer) => writeTo(parts.stdout, bytes);
    this.#queue = new LineQueue({ write, runtime: parts.runtime, events: this.#events() });
  }

  /** @throws {AuditLogError} if the file cannot be opened. */
  static async open(parts: AuditLogParts): Promise<AuditLog> {
    if (parts.target === '-') return new AuditLog(parts, undefined);
    const file = new AppendFile(parts.target);
    try {
      await file.open();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AuditLogError(`the audit log cannot be opened: ${why}`, { cause });
    }
    return new AuditLog(parts, file);
  }

  /** Lines that are not written yet. */
  get pending(): number {
    return this.#queue.pending;
  }

  /** Writes of a change that a call has made. Resolves when it is written, or cannot be. Never rejects. */
  readonly changed = (change: Change, call: ServedCall): Promise<void> =>
    this.#add({ ...whoOf(call.identity?.name ?? '', call), ...whatOf(change) });

  /** As {@link changed}, of what the service does by itself. */
  readonly changedByItself = (change: Change): Promise<void> =>
    this.#add({ caller: 'catalogd', ...whatOf(change) });

  /** Writes of a call that was denied a right. Never rejects. */
  readonly denied = ({ caller, call, method, name }: Denial): Promise<void> =>
    this.#add({ ...whoOf(caller, call), method, name, outcome: 'denied' });

  /** Tries to write what is left, and closes the file, unless it hangs: its end would be waited for. */
  async close(): Promise<void> {
    if (await this.#queue.close()) await this.#file?.close();
  }

  #add(fields: object): Promise<void> {
    const time = new Date(Number(this.#parts.runtime.now() / 1_000n)).toISOString();
    return this.#queue.add(JSON.stringify({ time, ...fields }));
  }

  #events(): LineQueueEvents {
    const { log, readiness, events } = this.#parts;
    let isFailing = false;
    return {
      written(lines) {
        events.written(lines);
        if (!isFailing) return;
        isFailing = false;
        readiness.note('audit', undefined);
        log.info({ lines }, 'the audit log is written again');
      },
      failed(err) {
        events.failed(err);
        isFailing = true;
        readiness.note('audit', 'the audit log cannot be written');
        log.error({ err }, 'the audit log cannot be written; its lines are kept, up to a bound');
      },
      dropped() {
        events.dropped();
        log.error({}, 'a line of the audit log is lost: too many are waiting to be written');
      },
    };
  }
}

function whoOf(caller: string, call: CallEnds): object {
  const { protocol, peer, id = givenCallId(call) } = call;
  return { caller, peer: peer.address, protocol, callId: id };
}

function whatOf({ method, name, fromVersion, toVersion, requestId, outcome }: Change): object {
  return {
    method,
    name,
    fromVersion: Number(fromVersion),
    toVersion: Number(toVersion),
    ...(requestId === '' ? {} : { requestId }),
    outcome,
  };
}

async function writeTo(stream: Writable, bytes: Buffer): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
  return bytes.length;
}
