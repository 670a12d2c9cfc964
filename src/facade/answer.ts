import { create, type DescMessage, type MessageInitShape, toJsonString } from '@bufbuild/protobuf';
import type { HttpRequest, HttpResponse } from '../http/exchange.ts';

/** What a resource answers. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. `content-length` and what every answer has are added. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent for a status that has none, as 304. */
  readonly body?: string;
}

/** An answer with a message in proto3 JSON, which shows zero values and false. */
export function messageAnswer<D extends DescMessage>(
  desc: D,
  message: MessageInitShape<D>,
  { status = 200, headers = {} }: Omit<Partial<Answer>, 'body'> = {},
): Answer {
  const json = toJsonString(desc, create(desc, message), { alwaysEmitImplicit: true });
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: `${json}\n`,
  };
}

/** Sends the answer; to HEAD without its body (RFC 9110 section 9.3.2). */
export function send(
  request: HttpRequest,
  response: HttpResponse,
  { status, headers, body }: Answer,
): void {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  response.statusCode = status;
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (bytes !== undefined) response.setHeader('content-length', bytes.length);
  if (bytes === undefined || request.method === 'HEAD') response.end();
  else response.end(bytes);
}
