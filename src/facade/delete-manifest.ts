import {
  DeleteManifestRequestSchema,
  DeleteManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { readWrite } from './write-request.ts';

/**
 * `DELETE /v1/manifests/{name}`: DeleteManifest. 200 also where there was nothing to delete and `allow_missing` says that this is fine.
 */
export const deleteManifest: Operation = async (exchange) => {
  const message = await readWrite(DeleteManifestRequestSchema, exchange, 'none');
  const response = (await exchange.methods.deleteManifest(message, exchange.call)).message();
  return messageAnswer(DeleteManifestResponseSchema, response);
};
