import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { checkAnswer, type Node, type SeenAnswer } from './openapi.ts';

/** What a request has besides its method and target. */
export interface RequestParts {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Text as it stands; anything else as JSON, with its content-type. */
  readonly body?: unknown;
}

/** An answer of the facade. */
export interface FacadeAnswer extends SeenAnswer {
  /** The body as JSON; undefined if it is none. */
  readonly json: Node;
}

/** Makes a request with the target as it stands, and fails unless openapi.yaml describes the answer. */
export type FacadeClient = (
  method: string,
  target: string,
  parts?: RequestParts,
) => Promise<FacadeAnswer>;

type Exchange = (
  port: number,
  method: string,
  target: string,
  headers: Readonly<Record<string, string | string[]>>,
  body: string | undefined,
) => Promise<SeenAnswer>;

const EXCHANGES: Readonly<Record<string, Exchange>> = {
  'HTTP/1.1': overHttp1,
  'HTTP/2': overHttp2,
};

/** The versions of HTTP that the facade is to be tried over. */
export const VERSIONS = Object.keys(EXCHANGES);

/** A client over one of {@link VERSIONS}. */
export function facadeClient(
  server: { readonly port: number },
  version = 'HTTP/1.1',
): FacadeClient {
  const exchange = EXCHANGES[version];
  if (exchange === undefined) throw new Error(`no version ${version}`);
  return async (method, target, { headers = {}, body } = {}) => {
    const isText = typeof body === 'string' || body === undefined;
    const answer = await exchange(
      server.port,
      method,
      target,
      isText ? headers : { 'content-type': 'application/json', ...headers },
      isText ? body : JSON.stringify(body),
    );
    return checked(method, target, answer);
  };
}

/** The answer with its JSON, once it is checked. */
export function checked(method: string, target: string, answer: SeenAnswer): FacadeAnswer {
  checkAnswer(method, target, answer);
  const isJson = answer.headers['content-type']?.endsWith('json') && answer.text !== '';
  return { ...answer, json: isJson ? JSON.parse(answer.text) : undefined };
}

async function overHttp1(...[port, method, path, headers, body]: Parameters<Exchange>) {
  const request = http.request({ port, host: '127.0.0.1', method, path, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as Record<string, string>,
    text: await textOf(response),
  };
}

async function overHttp2(...[port, method, path, headers, body]: Parameters<Exchange>) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  // Else the client takes it that a DELETE has no body.
  const options = body === undefined ? {} : { endStream: false };
  const stream = session.request({ ':method': method, ':path': path, ...headers }, options);
  stream.end(body);
  const [got] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  const text = await textOf(stream);
  session.close();
  return { status: Number(got[':status']), headers: got as Record<string, string>, text };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
