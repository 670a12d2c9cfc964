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

/**
 * Makes a watch over requests: it resets HTTP/2 streams whose requests do not end in time. One timer does
 * for all, since nearly every request is there at once: a timer for each would cost more than reading it.
 */
export function createUploadWatch(timeoutMs: number): (stream: ServerHttp2Stream) => void {
  /** By when each has to end; in the order of these times. */
  const open = new Map<ServerHttp2Stream, number>();
  let timer: NodeJS.Timeout | undefined;
  const lookIn = (ms: number) => {
    timer = setTimeout(look, ms).unref();
  };
  function look(): void {
    timer = undefined;
    const now = performance.now();
    for (const [stream, end] of open) {
      if (end > now) {
        lookIn(end - now);
        return;
      }
      open.delete(stream);
      if (!stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
    }
  }
  function forget(this: ServerHttp2Stream): void {
    open.delete(this);
  }
  return (stream) => {
    if (stream.endAfterHeaders) return;
    open.set(stream, performance.now() + timeoutMs);
    stream.on('close', forget);
    if (timer === undefined) lookIn(timeoutMs);
  };
}
