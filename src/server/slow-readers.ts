import { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Log } from './log.ts';

/** What is being sent, over HTTP/1.1 or HTTP/2. */
type Sending = ServerResponse | ServerHttp2Stream;

/** How often the same bytes are seen waiting before they are given up on. */
const LOOKS = 4;

/** What was seen of an answer. */
interface Seen {
  /** How many bytes waited at the last look. */
  bytes: number;
  /** At how many looks in a row that many waited, and none was taken in between. */
  looks: number;
}

/** Cuts what clients do not read: an answer, or one message of a stream, that stays where it is. */
export class SlowReaders {
  readonly #open = new Set<Sending>();
  readonly #seen = new WeakMap<Sending, Seen>();
  readonly #timer: NodeJS.Timeout;
  readonly #log: Log;

  /** @param timeoutMs how long a client may take to read one answer, or one message of a stream. */
  constructor(timeoutMs: number, log: Log) {
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), Math.max(1, timeoutMs / LOOKS)).unref();
  }

  add(sending: Sending): void {
    this.#open.add(sending);
  }

  delete(sending: Sending): void {
    this.#open.delete(sending);
  }

  /** Looks at nothing any more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const sending of this.#open) {
      const bytes = sending.writableLength;
      const seen = this.#seen.get(sending) ?? (bytes > 0 ? this.#firstSeen(sending) : undefined);
      if (seen === undefined) continue;
      if (bytes !== seen.bytes) seen.looks = 0;
      seen.bytes = bytes;
      if (bytes === 0) continue;
      seen.looks += 1;
      if (seen.looks > LOOKS) this.#cut(sending, bytes);
    }
  }

  /** Begins to watch an answer that waits; nearly none ever does. */
  #firstSeen(sending: Sending): Seen {
    const seen: Seen = { bytes: 0, looks: 0 };
    this.#seen.set(sending, seen);
    // Messages of a stream are often of one length: that as many bytes wait as before tells nothing then.
    sending.on('drain', () => {
      seen.looks = 0;
    });
    return seen;
  }

  #cut(sending: Sending, bytes: number): void {
    this.#log.debug({ bytes }, 'answer cut: its client has not read it in time');
    if (sending instanceof ServerResponse) sending.destroy();
    else if (!sending.closed) sending.close(constants.NGHTTP2_CANCEL);
    // Of a connection that is not read at all, the reset waits as well.
    else sending.session?.destroy();
  }
}
