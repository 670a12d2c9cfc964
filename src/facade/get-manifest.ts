import {
  GetManifestRequestSchema,
  GetManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ErrEtagMismatch } from '../catalog/errors.ts';
import { messageAnswer } from './answer.ts';
import { readCondition } from './conditions.ts';
import type { Operation } from './exchange.ts';
import { decodeName } from './name.ts';
import { checkAccept } from './negotiation.ts';
import { readQuery } from './query.ts';

const IN_QUERY = GetManifestRequestSchema.fields.filter(({ name }) => name !== 'name');

/**
 * `GET /v1/manifests/{name}`: GetManifest. Its ETag is the etag of the manifest, whatever the view:
 * each view has a URL of its own. Caches may keep the answer and have to ask whether it still holds.
 */
export const getManifest: Operation = async ({ request, rest, query, methods, call }) => {
  checkAccept(request, 'application/json');
  const message = readQuery(GetManifestRequestSchema, IN_QUERY, query);
  message.name = decodeName(rest);
  const condition = readCondition(request);
  const response = (await methods.getManifest(message, call)).message();
  const etag = response.manifest?.etag ?? '';
  const verdict = condition(etag);
  if (typeof verdict === 'object') throw new ErrEtagMismatch(message.name, verdict.mismatch, etag);
  const headers = { etag: `"${etag}"`, 'cache-control': 'no-cache' };
  if (verdict === 'not-modified') return { status: 304, headers };
  return messageAnswer(GetManifestResponseSchema, response, { headers });
};
