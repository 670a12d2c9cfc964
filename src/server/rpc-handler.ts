import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextValues,
} from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import {
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  quote,
  sendProblem,
} from '../http/exchange.ts';
import { parseTarget } from '../http/target.ts';
import type { Admission, Door } from '../rpc/admission.ts';
import { PEER } from '../rpc/connect-routes.ts';
import { boundedGzip } from './bounded-gzip.ts';
import { doorGate } from './door-gate.ts';
import { withPlainMessage } from './grpc-message.ts';
import type { ServerLimits } from './limits.ts';
import type { Log } from './log.ts';
import { peerOfRequest } from './peer.ts';
import { createUploadWatch } from './upload.ts';

/** How RPCs are served. */
export interface RpcHandlerOptions {
  readonly limits: ServerLimits;
  /** Lets callers in to the RPCs. */
  readonly admission: Admission;
  readonly log: Log;
  /** Answers what is not an RPC of the router. */
  readonly fallback: HttpHandler;
  /** Aborted when streaming calls are to end: their contexts' signals are then aborted too. */
  readonly endStreams: AbortSignal;
  /** Aborted when all calls are to end, whatever they are doing. */
  readonly endAll: AbortSignal;
}

/**
 * Serves the router's RPCs over gRPC, gRPC-Web and Connect, on HTTP/1.1 and HTTP/2. JSON answers
 * show zero values. Requests may be gzipped, answers never are.
 *
 * This stands in for connectNodeAdapter, which throws at a bad authority (an uncaught exception in
 * a server), writes failures to the console, and has one shutdown signal for all kinds of calls.
 *
 * @throws {Error} if there is no rule for who may call one of the RPCs.
 */
export function createRpcHandler(
  routes: (router: ConnectRouter) => void,
  options: RpcHandlerOptions,
): HttpHandler {
  const { limits, admission, fallback } = options;
  const doors = new Map<string, Door>();
  const router = createConnectRouter({
    acceptCompression: [boundedGzip(() => performance.now())],
    // More than any message has: gzip at each answer costs more CPU than all else about the call.
    compressMinBytes: limits.writeMaxBytes + 1,
    readMaxBytes: limits.readMaxBytes,
    writeMaxBytes: limits.writeMaxBytes,
    maxTimeoutMs: limits.maxTimeoutMs,
    jsonOptions: { alwaysEmitImplicit: true },
    shutdownSignal: options.endAll,
    requestGate: doorGate(doors),
  });
  routes(router);
  for (const { service, method } of router.handlers) {
    const name = `${service.typeName}/${method.name}`;
    doors.set(name, admission.door(name));
  }
  const byPath = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const watchUpload = createUploadWatch(limits.requestTimeoutMs);
  // HTTP/1.1 has a timeout of its own.
  const watchRequest = (request: HttpRequest) => {
    if ('stream' in request) watchUpload(request.stream);
  };

  return (request, response) => {
    const handler = byPath.get(parseTarget(request.url).path);
    if (handler === undefined) {
      watchRequest(request);
      fallback(request, response);
    } else {
      const kind = handler.method.methodKind;
      if (kind === 'unary' || kind === 'server_streaming') watchRequest(request);
      void serve(handler, request, response, options);
    }
  };
}

/** connect's view of the same object: it narrows some overloads. */
type NodeResponse = Parameters<typeof universalResponseToNodeResponse>[1];

async function serve(
  handler: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
  options: RpcHandlerOptions,
): Promise<void> {
  const res = response as NodeResponse;
  let call: ReturnType<typeof universalRequestFromNodeRequest>;
  try {
    const values = createContextValues().set(PEER, peerOfRequest(request));
    call = universalRequestFromNodeRequest(request, res, undefined, values);
  } catch {
    const authority = quote(request.headers.host ?? '');
    const detail = `The request's authority ${authority} or path does not make a valid URL.`;
    sendProblem(request, response, 400, 'Bad Request', detail);
    return;
  }
  // connect's own iteration destroys a request that is answered before its end, on HTTP/1.1 without
  // its connection: what is still on its way would block the connection for ever.
  call = { ...call, body: request.iterator({ destroyOnReturn: false }) };
  if (handler.method.methodKind !== 'unary') {
    boundLastMessage(response, options.endStreams);
    call = { ...call, signal: AbortSignal.any([call.signal, options.endStreams]) };
  }
  try {
    await universalResponseToNodeResponse(withPlainMessage(await handler(call)), res);
  } catch (err) {
    const rpc = `${handler.service.typeName}/${handler.method.name}`;
    options.log[isClientGone(err) ? 'debug' : 'error']({ err, rpc }, 'the answer was not sent');
    response.destroy();
  }
}

/** Whether an answer could not be written because its stream or connection is no more. */
function isClientGone(err: unknown): boolean {
  const { code, cause } = ConnectError.from(err);
  // connect does not know the code of a write that was waiting when the stream was closed.
  return (
    code === Code.Aborted || (cause as NodeJS.ErrnoException | undefined)?.code === 'ECANCELED'
  );
}

/** How long a client may take to read the last message of a stream that is to end, in milliseconds. */
const LAST_MESSAGE_MS = 1_000;

/** Cuts a stream that is to end but whose client does not read, which would hold up the shutdown. */
function boundLastMessage(response: HttpResponse, endStreams: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    timer = setTimeout(() => response.destroy(), LAST_MESSAGE_MS);
  };
  endStreams.addEventListener('abort', begin, { once: true });
  response.once('close', () => {
    endStreams.removeEventListener('abort', begin);
    clearTimeout(timer);
  });
}
