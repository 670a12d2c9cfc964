import {
  ListManifestsRequestSchema,
  ListManifestsResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { checkAccept } from './negotiation.ts';
import { readQuery } from './query.ts';

/** `GET /v1/manifests`: ListManifests. */
export const listManifests: Operation = async ({ request, query, methods, call }) => {
  checkAccept(request, 'application/json');
  const { fields } = ListManifestsRequestSchema;
  const message = readQuery(ListManifestsRequestSchema, fields, query);
  return messageAnswer(ListManifestsResponseSchema, await methods.listManifests(message, call));
};
