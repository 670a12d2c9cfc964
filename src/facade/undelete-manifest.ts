import {
  UndeleteManifestRequestSchema,
  UndeleteManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { readWrite } from './write-request.ts';

/** `POST /v1/manifests/{name}:undelete`: UndeleteManifest. */
export const undeleteManifest: Operation = async (exchange) => {
  const message = await readWrite(UndeleteManifestRequestSchema, exchange, 'optional');
  const response = (await exchange.methods.undeleteManifest(message, exchange.call)).message();
  return messageAnswer(UndeleteManifestResponseSchema, response);
};
