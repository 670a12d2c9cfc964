import { create, type DescMethod, fromBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { Answer } from '../../../src/rpc/answer.ts';
import { StatusError } from '../../../src/rpc/chain.ts';
import type { Status } from '../../../src/rpc/status.ts';
import type { UnaryRoute } from '../../../src/rpc/unary-routes.ts';
import { LaneCall } from '../../../src/server/lane/call.ts';
import type { ConformanceService } from './service.ts';
import type { Header, Types, UnaryRequest } from './types.ts';

/** The suite's unary methods as the fast lane calls them. */
export function conformanceLane(types: Types, service: ConformanceService): UnaryRoute[] {
  return types.service.methods
    .filter(({ methodKind }) => methodKind === 'unary')
    .map((method) => route(method, service));
}

function route(method: DescMethod, service: ConformanceService): UnaryRoute {
  const { input, output } = method;
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    async answer(bytes, call) {
      if (!(call instanceof LaneCall)) throw new Error('the call does not come by the lane');
      const { headers, timeoutMs } = call;
      try {
        if (method.name === 'Unimplemented') throw new ConnectError('', Code.Unimplemented);
        const request = fromBinary(input, bytes) as UnaryRequest;
        const { responseDefinition: definition } = request;
        append(definition?.responseHeaders, call.responseHeaders);
        append(definition?.responseTrailers, call.trailers);
        const seen = { headers: Object.entries(headers).flatMap(headerOf), timeoutMs };
        const payload = await service.answer([request], definition, seen);
        return new Answer(output, create(output, { payload }));
      } catch (error) {
        throw new StatusError(statusOf(ConnectError.from(error)), error);
      }
    },
  };
}

/** The pseudo-headers of HTTP/2 are no metadata. */
function headerOf([name, value]: [string, string | string[] | undefined]): Header[] {
  if (name.startsWith(':') || value === undefined) return [];
  return [{ name, value: [value].flat() }];
}

function append(headers: readonly Header[] = [], to: Record<string, unknown>): void {
  for (const { name, value } of headers) to[name.toLowerCase()] = value;
}

function statusOf({ code, rawMessage: message, details }: ConnectError): Status {
  return { code, reason: '', message, details: details as unknown as Status['details'] };
}
