import {
  RegisterManifestRequestSchema,
  RegisterManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { readWrite } from './write-request.ts';

/**
 * `PUT /v1/manifests/{name}`: RegisterManifest. 201 where it created the dataset, else 200. There
 * is no ETag in the answer: what was sent is not what is stored (RFC 9110 section 9.3.4); the etag
 * stands in the manifest of the answer.
 */
export const putManifest: Operation = async (exchange) => {
  const message = await readWrite(RegisterManifestRequestSchema, exchange, 'required');
  const response = (await exchange.methods.registerManifest(message, exchange.call)).message();
  const created = response.existing === false && !message.validateOnly;
  return messageAnswer(RegisterManifestResponseSchema, response, { status: created ? 201 : 200 });
};
