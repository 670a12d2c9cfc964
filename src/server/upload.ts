import { constants, type ServerHttp2Stream } from 'node:http2';
import type { HttpRequest } from '../http/exchange.ts';

/**
 * Reads the rest of a request that is answered already. A client that first writes all of it would
 * otherwise never come to read the answer, and on HTTP/1.1 the connection would be stuck.
 */
export function discardUpload(request: HttpRequest): void {
  if (request.complete) return;
  // Beside whoever began to read: resume() does nothing while there is such a listener.
  request.on('readable', () => {
    while (request.read() !== null);
  });
}

/** Resets an HTTP/2 stream whose request does not end in time. */
export function boundUpload(stream: ServerHttp2Stream, timeoutMs: number): void {
  if (stream.endAfterHeaders) return;
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), timeoutMs);
  const stop = () => clearTimeout(timer);
  stream.on('end', stop);
  stream.on('close', stop);
}
