import { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Log } from './log.ts';

/** What is being sent, over HTTP/1.1 or HTTP/2. */
type Sending = ServerResponse | ServerHttp2Stream;

/** How often the same bytes are seen waiting before they are given up on. */
const LOOKS = 4;

/** Cuts what clients do not read: an answer, or one message of a stream, that stays where it is. */
export class SlowReaders {
  readonly #open = new Set<Sending>();
  readonly #waiting = new Map<Sending, { readonly bytes: number; looks: number }>();
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
    this.#waiting.delete(sending);
  }

  /** Looks at nothing any more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const sending of this.#open) {
      const bytes = sending.writableLength;
      const seen = this.#waiting.get(sending);
      if (bytes === 0) this.#waiting.delete(sending);
      else if (seen?.bytes !== bytes) this.#waiting.set(sending, { bytes, looks: 1 });
      else {
        seen.looks += 1;
        if (seen.looks > LOOKS) this.#cut(sending, bytes);
      }
    }
  }

  #cut(sending: Sending, bytes: number): void {
    this.#log.debug({ bytes }, 'answer cut: its client has not read it in time');
    if (sending instanceof ServerResponse) sending.destroy();
    else if (!sending.closed) sending.close(constants.NGHTTP2_CANCEL);
    // Of a connection that is not read at all, the reset waits as well.
    else sending.session?.destroy();
  }
}
