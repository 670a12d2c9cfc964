import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** A request over HTTP/1.1 or HTTP/2, as Node presents it. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** The response to an {@link HttpRequest}. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Answers one request. Must not throw: nothing above it would answer the caller. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/**
 * Answers with a JSON body, which HEAD leaves out (RFC 9110 section 9.3.2). Never cached: what
 * these answers tell is true only now.
 */
export function sendJson(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  body: unknown,
  contentType = 'application/json',
): void {
  sendBytes(request, response, status, Buffer.from(`${JSON.stringify(body)}\n`), contentType);
}

/** Answers with a body as it is; otherwise as {@link sendJson}. */
export function sendBytes(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  bytes: Buffer,
  contentType: string,
): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', bytes.length);
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if (request.method === 'HEAD') response.end();
  else response.end(bytes);
}

/** Answers with a problem of the generic type `about:blank` (RFC 9457 section 4.2.1). */
export function sendProblem(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  title: string,
  detail: string,
): void {
  const problem = { type: 'about:blank', title, status, detail };
  sendJson(request, response, status, problem, 'application/problem+json');
}

const SHOWN_CHARACTERS = 200;

/** What a caller sent, quoted to stand in a message, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(
    text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text,
  );
}
