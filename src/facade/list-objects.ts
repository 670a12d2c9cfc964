import {
  ListObjectsRequestSchema,
  ListObjectsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { decodeName } from './name.ts';
import { checkAccept } from './negotiation.ts';
import { readQuery } from './query.ts';

const IN_QUERY = ListObjectsRequestSchema.fields.filter(({ name }) => name !== 'name');

/**
 * `GET /v1/objects/{name}`: ListObjects. Not below the manifest's own path, for a name may end in
 * whatever such a path would.
 */
export const listObjects: Operation = async ({ request, rest, query, methods, call }) => {
  checkAccept(request, 'application/json');
  const message = readQuery(ListObjectsRequestSchema, IN_QUERY, query);
  message.name = decodeName(rest);
  const answer = await methods.listObjects(message, call);
  return messageAnswer(ListObjectsResponseSchema, answer.message());
};
