import type { DescMessage } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createContextKey,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { LeftBecause } from '../catalog/errors.ts';
import type { CatalogMethods } from './catalog-service.ts';
import { type Method, StatusError } from './chain.ts';
import type { StreamMethod } from './chain-stream.ts';
import type { CallProtocol, IncomingCall, Peer } from './incoming-call.ts';

/** Where whoever serves the router puts the other end of a call's connection. */
export const PEER = createContextKey<Peer>({ address: '' }, { description: 'peer' });

/** Registers CatalogService with a connect router: gRPC, gRPC-Web and Connect. */
export function catalogRoutes(methods: CatalogMethods): (router: ConnectRouter) => void {
  const service: ServiceImpl<typeof CatalogService> = {
    registerManifest: connected(methods.registerManifest),
    evolveSchema: connected(methods.evolveSchema),
    updateObjects: connected(methods.updateObjects),
    deleteManifest: connected(methods.deleteManifest),
    undeleteManifest: connected(methods.undeleteManifest),
    purgeManifest: connected(methods.purgeManifest),
    watchManifests: connectedStream(methods.watchManifests),
    getManifest: connected(methods.getManifest),
    batchGetManifests: connected(methods.batchGetManifests),
    listManifests: connected(methods.listManifests),
    listObjects: connected(methods.listObjects),
  };
  return (router) => router.service(CatalogService, service);
}

function connected<I extends DescMessage, O extends DescMessage>(method: Method<I, O>) {
  return async (request: Parameters<typeof method>[0], context: HandlerContext) => {
    try {
      return (await method(request, incomingCall(context))).message();
    } catch (error) {
      throw connectError(error, context);
    }
  };
}

function connectedStream<I extends DescMessage, O extends DescMessage>(method: StreamMethod<I, O>) {
  return async function* (request: Parameters<typeof method>[0], context: HandlerContext) {
    try {
      yield* method(request, incomingCall(context));
    } catch (error) {
      throw connectError(error, context);
    }
  };
}

function incomingCall(context: HandlerContext): IncomingCall {
  return {
    // The router registers these three and no others.
    protocol: context.protocolName as CallProtocol,
    peer: context.values.get(PEER),
    signal: context.signal,
    timeoutMs: context.timeoutMs(),
    leftBecause: () => leftBecause(context.signal),
    header: (name) => context.requestHeader.get(name) ?? undefined,
    setHeader: (name, value) => context.responseHeader.set(name, value),
  };
}

function connectError(error: unknown, context: HandlerContext): unknown {
  if (!(error instanceof StatusError)) return error;
  const { code, message, details } = error.status;
  return new ConnectError(message, code, metadataOf(context), [...details]);
}

/**
 * What an error says beside its details: the headers of the answer, for clients of gRPC look for them in
 * the trailers of a call that failed. A unary call of Connect has no trailers; there connect adds this to
 * the headers themselves, and each would stand there twice ("0, 0" for an age).
 */
function metadataOf({ protocolName, method, responseHeader }: HandlerContext): Headers | undefined {
  const isAdded = protocolName === 'connect' && method.methodKind === 'unary';
  return isAdded ? undefined : responseHeader;
}

/** connect aborts a call's signal with an error whose code says why. */
function leftBecause(signal: AbortSignal): LeftBecause {
  switch (ConnectError.from(signal.reason).code) {
    case Code.DeadlineExceeded:
      return 'deadline';
    case Code.Unavailable:
      return 'shutdown';
    default:
      return 'canceled';
  }
}
