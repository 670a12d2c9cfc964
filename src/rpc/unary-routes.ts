import {
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { Answer } from './answer.ts';
import type { CatalogMethods } from './catalog-service.ts';
import { type Method, StatusError } from './chain.ts';
import type { IncomingCall } from './incoming-call.ts';

/** A unary method as the fast lane calls it: bytes in, bytes out. */
export interface UnaryRoute {
  /** `/package.Service/Method` (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "Requests"). */
  readonly path: string;
  /**
   * @param request the encoded request message.
   * @throws {StatusError} alone, by rejecting.
   */
  answer(request: Uint8Array, call: IncomingCall): Promise<Answer<DescMessage>>;
}

/** The unary methods of CatalogService, by the same functions that every protocol calls. */
export function unaryRoutes(methods: CatalogMethods): readonly UnaryRoute[] {
  const { method } = CatalogService;
  return [
    route(method.registerManifest, methods.registerManifest),
    route(method.evolveSchema, methods.evolveSchema),
    route(method.updateObjects, methods.updateObjects),
    route(method.deleteManifest, methods.deleteManifest),
    route(method.undeleteManifest, methods.undeleteManifest),
    route(method.purgeManifest, methods.purgeManifest),
    route(method.getManifest, methods.getManifest),
    route(method.batchGetManifests, methods.batchGetManifests),
    route(method.listManifests, methods.listManifests),
    route(method.listObjects, methods.listObjects),
  ];
}

function route<I extends DescMessage, O extends DescMessage>(
  desc: DescMethodUnary<I, O>,
  method: Method<I, O>,
): UnaryRoute {
  const { input } = desc;
  return {
    path: `/${desc.parent.typeName}/${desc.name}`,
    // Not async: each such function around another one costs a call some of its time.
    answer: (request, call) => {
      try {
        return method(decoded(input, request), call);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

/** @throws {StatusError} as connect answers what is no message of that type. */
function decoded<I extends DescMessage>(input: I, bytes: Uint8Array): MessageShape<I> {
  try {
    return fromBinary(input, bytes);
  } catch (cause) {
    const message = `parse binary: ${cause instanceof Error ? cause.message : String(cause)}`;
    const status = { code: Code.Internal, reason: '', message, details: [] };
    throw new StatusError(status, cause);
  }
}
