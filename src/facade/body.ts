import type { HttpRequest } from '../http/exchange.ts';
import { StrictJsonError } from '../json/strict-json.ts';
import { HttpError } from './http-error.ts';

/** The client went away before its request was there whole. There is nobody to answer. */
export class RequestAborted extends Error {}

/**
 * Reads the body of a request as text.
 *
 * @throws {HttpError} 413 as soon as it is known to be longer than `maxBytes`.
 * @throws {StrictJsonError} if it is not UTF-8.
 * @throws {RequestAborted} if it breaks off.
 */
export async function readText(request: HttpRequest, maxBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    // The usual iteration would destroy a request that is left early, and the connection with it.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof HttpError ? error : new RequestAborted();
  }
  // Over HTTP/2 the end of a stream that was reset can read as the end of a whole request.
  if (request.aborted) throw new RequestAborted();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new StrictJsonError('', 'is not UTF-8');
  }
}

function tooLarge(maxBytes: number): HttpError {
  const detail = `The body is longer than ${maxBytes} bytes, which is the limit.`;
  return new HttpError(413, 'REQUEST_TOO_LARGE', detail);
}
