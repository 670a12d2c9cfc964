import { create, type DescField } from '@bufbuild/protobuf';
import {
  ListManifestsRequestSchema,
  ListManifestsResponseSchema,
  ManifestFilterSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { messageAnswer } from './answer.ts';
import type { Operation } from './exchange.ts';
import { checkAccept } from './negotiation.ts';
import { readParameters } from './query.ts';

const OUTSIDE_FILTER = ListManifestsRequestSchema.fields.filter(({ name }) => name !== 'filter');
const OF_FILTER = ManifestFilterSchema.fields;

/** `GET /v1/manifests`: ListManifests. The conditions of its filter are parameters of their own. */
export const listManifests: Operation = async ({ request, query, methods, call }) => {
  checkAccept(request, 'application/json');
  const parameters = readParameters([...OUTSIDE_FILTER, ...OF_FILTER], query);
  const conditions = those(OF_FILTER, parameters);
  const message = create(ListManifestsRequestSchema, {
    ...those(OUTSIDE_FILTER, parameters),
    ...(Object.keys(conditions).length > 0 && { filter: conditions }),
  });
  const answer = await methods.listManifests(message, call);
  return messageAnswer(ListManifestsResponseSchema, answer.message());
};

/** The parameters which are some of the fields. */
function those(
  fields: readonly DescField[],
  parameters: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const names = new Set<string>(fields.map(({ localName }) => localName));
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => names.has(name)));
}
