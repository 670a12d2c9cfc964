import { Code } from '@connectrpc/connect';
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import type { CatalogMethods } from '../../rpc/catalog-service.ts';
import { StatusError } from '../../rpc/chain.ts';
import type { IncomingCall } from '../../rpc/incoming-call.ts';

/** Where W3C Trace Context and Baggage are read from. */
const HEADERS: TextMapGetter<IncomingCall> = {
  get: (call, name) => call.header(name),
  keys: () => [],
};

/** The codes that are the server's fault (semantic conventions for gRPC, "Status" of server spans). */
const FAULTS: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

type AnyMethod = (request: object, call: IncomingCall) => Promise<unknown>;
type AnyStream = (
  request: object,
  call: IncomingCall,
) => AsyncGenerator<unknown, unknown, undefined>;

/** The same methods, each call of which is a server span: a child of what the caller's headers name. */
export function tracedMethods(methods: CatalogMethods, tracer: Tracer): CatalogMethods {
  const traced = Object.entries(methods).map(([key, method]) => {
    const { name, methodKind } = CatalogService.method[key as keyof CatalogMethods];
    const wrapped =
      methodKind === 'server_streaming'
        ? tracedStream(name, method as AnyStream, tracer)
        : tracedUnary(name, method as AnyMethod, tracer);
    return [key, wrapped];
  });
  return Object.fromEntries(traced);
}

function tracedUnary(name: string, method: AnyMethod, tracer: Tracer): AnyMethod {
  return (request, call) => {
    const { span, within } = begin(name, request, call, tracer);
    return context.with(within, async () => {
      try {
        const answer = await method(request, call);
        succeeded(span, call);
        return answer;
      } catch (error) {
        failed(span, call, error);
        throw error;
      } finally {
        span.end();
      }
    });
  };
}

function tracedStream(name: string, method: AnyStream, tracer: Tracer): AnyStream {
  return async function* (request, call) {
    const { span, within } = begin(name, request, call, tracer);
    const answers = context.with(within, () => method(request, call));
    try {
      for (;;) {
        const next = await context.with(within, () => answers.next());
        if (next.done === true) break;
        yield next.value;
      }
      succeeded(span, call);
    } catch (error) {
      failed(span, call, error);
      throw error;
    } finally {
      // Without effect where it has ended.
      await answers.return(undefined);
      span.end();
    }
  };
}

function begin(
  name: string,
  request: object,
  call: IncomingCall,
  tracer: Tracer,
): { readonly span: Span; readonly within: Context } {
  const parent = propagation.extract(ROOT_CONTEXT, call, HEADERS);
  const service = CatalogService.typeName;
  const dataset = 'name' in request ? String(request.name).slice(0, 512) : '';
  const attributes: Attributes = {
    'rpc.system': isGrpc(call) ? 'grpc' : 'connect_rpc',
    'rpc.service': service,
    'rpc.method': name,
    'client.address': call.peer.address,
    'catalogd.protocol': call.protocol,
    ...(dataset === '' ? {} : { 'catalogd.dataset': dataset }),
  };
  const span = tracer.startSpan(
    `${service}/${name}`,
    { kind: SpanKind.SERVER, attributes },
    parent,
  );
  return { span, within: trace.setSpan(parent, span) };
}

function isGrpc({ protocol }: IncomingCall): boolean {
  return protocol === 'grpc' || protocol === 'grpc-web';
}

function succeeded(span: Span, call: IncomingCall): void {
  if (isGrpc(call)) span.setAttribute('rpc.grpc.status_code', 0);
}

/** The reason alone: messages and causes are for the caller and the log. */
function failed(span: Span, call: IncomingCall, error: unknown): void {
  const { code, reason } =
    error instanceof StatusError ? error.status : { code: Code.Unknown, reason: 'UNKNOWN' };
  if (isGrpc(call)) span.setAttribute('rpc.grpc.status_code', code);
  else
    span.setAttribute(
      'rpc.connect_rpc.error_code',
      Code[code].replaceAll(/\B[A-Z]/g, '_$&').toLowerCase(),
    );
  span.setAttribute('error.type', reason);
  if (FAULTS.has(code)) span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
}
