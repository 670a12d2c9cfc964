import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawFault, type Fault, type FaultPlan, type RequestKind } from './faults.ts';
import type { Random } from './random.ts';

/** An answer of the server, whole. */
interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What decides about the requests to come. */
export interface Disturbance {
  readonly plan: FaultPlan;
  readonly random: Random;
  /** Told of each fault that was done. */
  readonly onFault: (kind: string) => void;
}

/**
 * Stands between replicas and an S3 server and disturbs what they say to one another. Requests are
 * passed on as they are, the Host header included, for it is signed.
 */
export class FaultProxy {
  readonly #target: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((incoming, response) => {
    const work = this.#handle(incoming, response).catch(() => response.destroy());
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  });
  readonly #pending = new Set<Promise<unknown>>();
  #disturbance: Disturbance | undefined;

  private constructor(target: URL) {
    this.#target = target;
  }

  /** @param target where the S3 server is, for example `http://127.0.0.1:9000`. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Begins to disturb, or leaves everything in peace. */
  disturb(disturbance: Disturbance | undefined): void {
    this.#disturbance = disturbance;
  }

  /** Resolves when every request that came in has been passed on or dropped, late ones included. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const kind = kindOf(incoming);
    const body = await bytesOf(incoming);
    const disturbance = this.#disturbance;
    const fault = kind && disturbance && drawFault(kind, disturbance.plan, disturbance.random);
    if (fault !== undefined) disturbance?.onFault(fault.kind);
    await this.#serve(incoming, body, response, fault ?? { kind: 'none' });
  }

  async #serve(
    incoming: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    { delayMs = 0, holdMs = 0, reaches = 'before', answer: instead }: Fault,
  ): Promise<void> {
    if (reaches === 'late') give(response, instead, undefined);
    if (delayMs > 0) await sleep(delayMs);
    // Passed on even if its sender is dead by now: that is how a put outlives its process.
    const answer = reaches === 'never' ? undefined : await this.#pass(incoming, body);
    if (reaches === 'late') return;
    if (holdMs > 0) await sleep(holdMs);
    give(response, instead, answer);
  }

  #pass(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { hostname: host, port } = this.#target;
    const outgoing = request({
      host,
      port,
      agent: this.#agent,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.rawHeaders,
    });
    outgoing.on('error', reject).on('response', (answer) => {
      const headers = answer.rawHeaders;
      bytesOf(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 502, headers, body: bytes }),
        reject,
      );
    });
    outgoing.end(body);
    return promise;
  }
}

/** What a request is, if it is of those that are disturbed: the start-up probe is left alone. */
function kindOf({ method, url = '' }: IncomingMessage): RequestKind | undefined {
  const decoded = decodeURIComponent(url);
  if (!decoded.includes('_catalog/manifests/')) return undefined;
  if (method === 'PUT') return 'put';
  if (method !== 'GET') return undefined;
  return decoded.includes('list-type=2') ? 'list' : 'get';
}

/** Gives the caller an answer: the server's, or what the fault has in its place. */
function give(
  response: ServerResponse,
  instead: Fault['answer'],
  answer: Answer | undefined,
): void {
  if (response.destroyed) return;
  if (instead === 'reset') {
    response.socket?.resetAndDestroy();
  } else if (instead === 'cut') {
    cut(response, answer);
  } else if (typeof instead === 'number') {
    const code = instead === 409 ? 'ConditionalRequestConflict' : 'InternalError';
    const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`;
    response.writeHead(instead, { 'content-type': 'application/xml' }).end(text);
  } else if (answer !== undefined) {
    response.writeHead(answer.status, [...answer.headers]).end(answer.body);
  }
}

/** Half an answer; of one without content, half the head. */
function cut(response: ServerResponse, answer: Answer | undefined): void {
  if (answer === undefined || answer.body.length === 0) {
    response.socket?.end('HTTP/1.1 200 OK\r\nConte');
    return;
  }
  response.writeHead(answer.status, [...answer.headers]);
  response.write(answer.body.subarray(0, answer.body.length >> 1), () => response.destroy());
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
