import type { DescFile, DescService } from '@bufbuild/protobuf';
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';
import { Code, type ConnectRouter, type HandlerContext } from '@connectrpc/connect';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.ts';
import { file_google_rpc_status } from '../../gen/google/rpc/status_pb.ts';
import {
  ServerReflection,
  type ServerReflectionRequest,
} from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import {
  type ServerReflectionRequest as ServerReflectionRequestV1Alpha,
  ServerReflection as ServerReflectionV1Alpha,
} from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { quote } from '../http/exchange.ts';
import { DescriptorIndex } from './descriptor-index.ts';

/** What answers and their error details may hold without any service importing it. */
const COMMON_FILES: readonly DescFile[] = [
  file_google_rpc_error_details,
  file_google_rpc_status,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

/**
 * gRPC server reflection, v1 and v1alpha (github.com/grpc/grpc, doc/server-reflection.md).
 *
 * @param services what `list_services` names: these and no others. Their files are served with all
 *   they import, and so are the error details and well-known types.
 */
export function reflectionRoutes(
  services: readonly DescService[],
): (router: ConnectRouter) => void {
  const names = services.map((service) => service.typeName).sort();
  const index = new DescriptorIndex([...services.map(({ file }) => file), ...COMMON_FILES]);

  return (router) =>
    router
      .service(ServerReflection, {
        async *serverReflectionInfo(requests, context) {
          for await (const request of untilAborted(requests, context)) {
            yield { ...echo(request), messageResponse: answer(index, names, request) };
          }
        },
      })
      .service(ServerReflectionV1Alpha, {
        async *serverReflectionInfo(requests, context) {
          for await (const request of untilAborted(requests, context)) {
            yield { ...echo(request), messageResponse: answer(index, names, request) };
          }
        },
      });
}

/** The messages of both versions have the same fields. */
type ReflectionRequest = ServerReflectionRequest | ServerReflectionRequestV1Alpha;

function echo<R extends ReflectionRequest>(request: R) {
  return { validHost: request.host, originalRequest: request };
}

function answer(index: DescriptorIndex, names: string[], { messageRequest }: ReflectionRequest) {
  switch (messageRequest.case) {
    case 'listServices':
      return listServices(names);
    case 'fileByFilename': {
      const path = messageRequest.value;
      return files(index, index.file(path), `file ${quote(path)}`);
    }
    case 'fileContainingSymbol': {
      const symbol = messageRequest.value;
      return files(index, index.fileOfSymbol(symbol), `symbol ${quote(symbol)}`);
    }
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = messageRequest.value;
      const file = index.fileOfExtension(containingType, extensionNumber);
      return files(index, file, `extension ${extensionNumber} of ${quote(containingType)}`);
    }
    case 'allExtensionNumbersOfType': {
      const type = messageRequest.value;
      const numbers = index.extensionNumbers(type);
      return numbers === undefined
        ? failure(Code.NotFound, `message ${quote(type)} is not known`)
        : extensionNumbers(type, numbers);
    }
    default:
      return failure(Code.InvalidArgument, 'message_request is not set, or of a newer kind');
  }
}

function listServices(names: string[]) {
  const service = names.map((name) => ({ name }));
  return { case: 'listServicesResponse' as const, value: { service } };
}

function files(index: DescriptorIndex, file: DescFile | undefined, what: string) {
  if (file === undefined) return failure(Code.NotFound, `${what} is not known`);
  const fileDescriptorProto = [...index.encodedWithDependencies(file)];
  return { case: 'fileDescriptorResponse' as const, value: { fileDescriptorProto } };
}

function extensionNumbers(baseTypeName: string, extensionNumber: number[]) {
  const value = { baseTypeName, extensionNumber };
  return { case: 'allExtensionNumbersResponse' as const, value };
}

function failure(errorCode: Code, errorMessage: string) {
  return { case: 'errorResponse' as const, value: { errorCode, errorMessage } };
}

/** The requests until the call is aborted, then its reason: a client that idles delays no drain. */
async function* untilAborted<T>(
  requests: AsyncIterable<T>,
  { signal }: HandlerContext,
): AsyncGenerator<T> {
  const iterator = requests[Symbol.asyncIterator]();
  // One listener for all rounds, and a promise for each: a race against one promise that outlives
  // them would keep every round's memory for as long as the call lasts.
  let abortRound = () => {};
  const onAbort = () => abortRound();
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        abortRound = () => reject(signal.reason);
        iterator.next().then(resolve, reject);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
