import {
  PurgeManifestRequestSchema,
  PurgeManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { readWrite } from './write-request.ts';

/** `POST /v1/manifests/{name}:purge`: PurgeManifest. */
export const purgeManifest: Operation = async (exchange) => {
  const message = await readWrite(PurgeManifestRequestSchema, exchange, 'optional');
  const response = (await exchange.methods.purgeManifest(message, exchange.call)).message();
  return messageAnswer(PurgeManifestResponseSchema, response);
};
