import { setTimeout as sleep } from 'node:timers/promises';
import { create, type DescService, type Message } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import {
  ConnectError,
  type ConnectRouter,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import type {
  BidiRequest,
  Header,
  StreamDefinition,
  StreamRequest,
  Types,
  UnaryDefinition,
  UnaryRequest,
  WantedError,
} from './types.ts';

/** What of a call a server has to tell the caller again. */
export interface Seen {
  readonly headers: readonly Header[];
  readonly timeoutMs: number | undefined;
  /** Of a Connect GET. */
  readonly queryParams?: readonly Header[] | undefined;
}

/** The behaviour that the comments of connectrpc.conformance.v1.ConformanceService ask for. */
export class ConformanceService {
  readonly #types: Types;

  constructor(types: Types) {
    this.#types = types;
  }

  /** Answers a call with one answer, whatever the number of requests. @throws {ConnectError} as asked for. */
  async answer(
    requests: readonly Message[],
    definition: UnaryDefinition | undefined,
    seen: Seen,
  ): Promise<Message> {
    if (definition !== undefined) await sleep(definition.responseDelayMs);
    const info = this.#info(seen, requests);
    const response = definition?.response;
    if (response?.case === 'error') throw this.#error(response.value, info);
    return this.#payload(info, response?.case === 'responseData' ? response.value : undefined);
  }

  /** Answers once all requests are there. */
  async *answers(
    requests: readonly Message[],
    definition: StreamDefinition | undefined,
    seen: Seen,
  ): AsyncGenerator<{ payload: Message }> {
    if (definition === undefined) return;
    let info: Message | undefined = this.#info(seen, requests);
    for (const data of definition.responseData) {
      await sleep(definition.responseDelayMs);
      yield { payload: this.#payload(info, data) };
      info = undefined;
    }
    if (definition.error !== undefined) throw this.#error(definition.error, info);
  }

  /** One answer for each request while there are any, the rest at the end. */
  async *alternate(
    first: BidiRequest,
    others: AsyncIterator<BidiRequest>,
    seen: Seen,
  ): AsyncGenerator<{ payload: Message }> {
    const { responseDefinition: definition } = first;
    const data = [...(definition?.responseData ?? [])];
    let info: Message | undefined = this.#info(seen, [first]);
    let answered = false;
    for (;;) {
      const next = data.shift();
      if (next === undefined) break;
      await sleep(definition?.responseDelayMs);
      yield { payload: this.#payload(info, next) };
      answered = true;
      const request = await others.next();
      info = request.done ? undefined : this.#requestsOnly([request.value]);
    }
    if (definition?.error !== undefined) {
      throw this.#error(definition.error, answered ? undefined : info);
    }
    // What is still to come is read, though there is nothing left to answer with.
    while (!(await others.next()).done);
  }

  #payload(requestInfo: Message | undefined, data: Uint8Array = new Uint8Array()): Message {
    const type = this.#types.message('ConformancePayload');
    return create(type, requestInfo === undefined ? { data } : { data, requestInfo });
  }

  #info({ headers, timeoutMs, queryParams }: Seen, requests: readonly Message[]): Message {
    return create(this.#types.message('ConformancePayload.RequestInfo'), {
      requestHeaders: headers.map((header) => this.#header(header)),
      ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.round(timeoutMs)) }),
      requests: this.#packed(requests),
      ...(queryParams && {
        connectGetInfo: create(this.#types.message('ConformancePayload.ConnectGetInfo'), {
          queryParams: queryParams.map((param) => this.#header(param)),
        }),
      }),
    });
  }

  #requestsOnly(requests: readonly Message[]): Message {
    const type = this.#types.message('ConformancePayload.RequestInfo');
    return create(type, { requests: this.#packed(requests) });
  }

  #packed(requests: readonly Message[]) {
    return requests.map((request) => anyPack(this.#types.of(request), request));
  }

  #header({ name, value }: Header): Message {
    return create(this.#types.message('Header'), { name, value });
  }

  #error({ code, message, details }: WantedError, info: Message | undefined): ConnectError {
    const unpacked = details.map((each) => {
      const value = anyUnpack(each, this.#types.registry);
      if (value === undefined) throw new Error(`the type of ${each.typeUrl} is not known`);
      return value;
    });
    const all = info === undefined ? unpacked : [...unpacked, info];
    const outgoing = all.map((value) => ({ desc: this.#types.of(value), value }));
    return new ConnectError(message ?? '', code, undefined, outgoing);
  }
}

/** Registers the service with a connect router, as plain connect does, with nothing of ours in between. */
export function conformanceRoutes(
  types: Types,
  service: ConformanceService,
): (router: ConnectRouter) => void {
  async function unary(request: UnaryRequest, context: HandlerContext) {
    const { responseDefinition: definition } = request;
    announce(definition, context);
    return { payload: await service.answer([request], definition, seenIn(context)) };
  }
  const methods = {
    unary,
    idempotentUnary: unary,
    async clientStream(stream: AsyncIterable<UnaryRequest>, context: HandlerContext) {
      const requests = await all(stream);
      const definition = requests[0]?.responseDefinition;
      announce(definition, context);
      return { payload: await service.answer(requests, definition, seenIn(context)) };
    },
    async *serverStream(request: StreamRequest, context: HandlerContext) {
      const { responseDefinition: definition } = request;
      announce(definition, context);
      yield* service.answers([request], definition, seenIn(context));
    },
    async *bidiStream(stream: AsyncIterable<BidiRequest>, context: HandlerContext) {
      const requests = stream[Symbol.asyncIterator]();
      const first = await requests.next();
      if (first.done) return;
      const { responseDefinition: definition, fullDuplex } = first.value;
      announce(definition, context);
      if (fullDuplex) return yield* service.alternate(first.value, requests, seenIn(context));
      const others = await all({ [Symbol.asyncIterator]: () => requests });
      yield* service.answers([first.value, ...others], definition, seenIn(context));
    },
  };
  // In JSON, a google.protobuf.Any can only be read where the types are known.
  const jsonOptions = { registry: types.registry };
  // Unimplemented is left out: connect has to say so by itself.
  const implementation = methods as unknown as ServiceImpl<DescService>;
  return (router) => router.service(types.service, implementation, { jsonOptions });
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

function announce(
  definition: UnaryDefinition | StreamDefinition | undefined,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  append(definition?.responseHeaders ?? [], responseHeader);
  append(definition?.responseTrailers ?? [], responseTrailer);
}

function append(headers: readonly Header[], to: Headers): void {
  for (const { name, value } of headers) for (const each of value) to.append(name, each);
}

function seenIn({ requestHeader, requestMethod, timeoutMs, url }: HandlerContext): Seen {
  return {
    headers: [...requestHeader].map(([name, value]) => ({ name, value: [value] })),
    timeoutMs: timeoutMs(),
    queryParams:
      requestMethod === 'GET'
        ? [...new URL(url).searchParams].map(([name, value]) => ({ name, value: [value] }))
        : undefined,
  };
}
