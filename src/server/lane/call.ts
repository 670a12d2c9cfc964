import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { LeftBecause } from '../../catalog/errors.ts';
import type { IncomingCall, Peer } from '../../rpc/incoming-call.ts';
import { peerOf } from '../peer.ts';

/**
 * A call of the fast lane. What costs something is made when it is asked for: most reads are answered
 * without a signal, and so without a timer or a listener.
 */
export class LaneCall implements IncomingCall {
  readonly protocol = 'grpc';
  readonly timeoutMs: number | undefined;
  /** The request's metadata, by names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** What goes before the answer. */
  readonly responseHeaders: OutgoingHttpHeaders = {
    ':status': 200,
    'content-type': 'application/grpc+proto',
  };
  /** What goes behind the answer. */
  readonly trailers: OutgoingHttpHeaders = { 'grpc-status': '0' };
  readonly #stream: ServerHttp2Stream;
  readonly #endAll: AbortSignal;
  readonly #began: number;
  #because: LeftBecause = 'canceled';
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param timeoutMs until the caller's deadline, from now on; absent: it set none.
   * @param endAll aborted when all calls are to end.
   */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    timeoutMs: number | undefined,
    endAll: AbortSignal,
  ) {
    this.#stream = stream;
    this.headers = headers;
    this.timeoutMs = timeoutMs;
    this.#began = timeoutMs === undefined ? 0 : performance.now();
    this.#endAll = endAll;
  }

  get peer(): Peer {
    return peerOf(this.#stream.session?.socket);
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#watched();
    return this.#controller.signal;
  }

  leftBecause(): LeftBecause {
    return this.#because;
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  setHeader(name: string, value: string): void {
    this.responseHeaders[name] = value;
  }

  /** Lets go of what watched for the caller's leaving. */
  end(): void {
    if (this.#controller === undefined) return;
    clearTimeout(this.#timer);
    this.#endAll.removeEventListener('abort', this.#onShutdown);
    this.#stream.off('close', this.#onClose);
  }

  #watched(): AbortController {
    const controller = new AbortController();
    this.#controller = controller;
    if (this.#endAll.aborted) this.#onShutdown();
    else if (this.#stream.closed) this.#onClose();
    else {
      this.#endAll.addEventListener('abort', this.#onShutdown, { once: true });
      this.#stream.once('close', this.#onClose);
      if (this.timeoutMs !== undefined) {
        const leftMs = this.timeoutMs - (performance.now() - this.#began);
        this.#timer = setTimeout(() => this.#leave('deadline'), Math.max(0, leftMs));
      }
    }
    return controller;
  }

  readonly #onShutdown = () => this.#leave('shutdown');
  readonly #onClose = () => this.#leave('canceled');

  #leave(because: LeftBecause): void {
    if (this.#controller?.signal.aborted !== false) return;
    this.#because = because;
    this.#controller.abort();
  }
}
