import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { CatalogClientError } from './errors.ts';

/**
 * A request as it is sent, the same for all attempts of a call. Made before the first of them: grpc-js
 * would report what cannot be encoded as a stream that broke, of which nobody knows what became of it.
 *
 * @throws {CatalogClientError} INVALID_ARGUMENT if a field cannot hold its value.
 */
export function encodeRequest<I extends DescMessage>(
  { input, name }: DescMethod & { readonly input: I },
  request: MessageInitShape<I>,
): Buffer {
  try {
    const bytes = toBinary(input, create(input, request));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the request of ${name} cannot be sent: ${why}`;
    throw new CatalogClientError({ code: 'INVALID_ARGUMENT', message, cause });
  }
}
