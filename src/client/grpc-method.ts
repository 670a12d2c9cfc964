import {
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';

/** Derives what grpc-js needs to call or to serve one method from the method's generated descriptor. */
export function grpcMethod<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
): MethodDefinition<MessageShape<I>, MessageShape<O>> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: false,
    responseStream: method.methodKind === 'server_streaming',
    requestSerialize: (request) => encode(method.input, request),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: (response) => encode(method.output, response),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

/**
 * Derives the service definition of grpc-js from a generated service descriptor: one definition per
 * unary or server-streaming method, under the method's local name. Others are left out.
 */
export function grpcService(
  service: DescService,
  // biome-ignore lint/suspicious/noExplicitAny: grpc-js declares its ServiceDefinition with any
): Record<string, MethodDefinition<any, any>> {
  return Object.fromEntries(
    service.methods
      .filter(
        (method): method is DescMethodUnary | DescMethodServerStreaming =>
          method.methodKind === 'unary' || method.methodKind === 'server_streaming',
      )
      .map((method) => [method.localName, grpcMethod(method)]),
  );
}

/** grpc-js wants a Buffer; this one shares the memory of the encoded bytes. */
function encode<D extends DescMessage>(schema: D, message: MessageShape<D>): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
