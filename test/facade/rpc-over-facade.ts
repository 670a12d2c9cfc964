import {
  create,
  type DescMessage,
  fromJson,
  type MessageInitShape,
  toJson,
} from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import {
  type CatalogService,
  GetManifestRequestSchema,
  GetManifestResponseSchema,
  ListManifestsRequestSchema,
  ListManifestsResponseSchema,
  ListObjectsRequestSchema,
  ListObjectsResponseSchema,
  RegisterManifestRequestSchema,
  RegisterManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { FacadeAnswer, FacadeClient } from './client.ts';

/** The facade answered with a problem. */
export class ProblemAnswer extends Error {
  readonly answer: FacadeAnswer;
  constructor(answer: FacadeAnswer) {
    super(answer.text);
    this.answer = answer;
  }
}

/** A client of the service whose calls go over the facade, as far as it has them. */
export function rpcOverFacade(call: FacadeClient): Client<typeof CatalogService> {
  const get = async <I extends DescMessage, O extends DescMessage>(
    [input, output]: readonly [I, O],
    request: MessageInitShape<I>,
    path: string,
  ) => {
    const query = new URLSearchParams();
    const json = toJson(input, create(input, request), { useProtoFieldName: true }) as object;
    for (const [field, value] of Object.entries(json)) {
      if (field !== 'name') query.set(field, asParameter(value));
    }
    const answer = await call('GET', `${path}?${query}`);
    if (answer.status !== 200) throw new ProblemAnswer(answer);
    return fromJson(output, answer.json);
  };
  return {
    async registerManifest(request) {
      const desc = RegisterManifestRequestSchema;
      const { name, ...rest } = create(desc, request);
      const body = toJson(desc, { ...rest, name: '' });
      const answer = await call('PUT', `/v1/manifests/${encodeURIComponent(name)}`, { body });
      if (answer.status >= 300) throw new ProblemAnswer(answer);
      return fromJson(RegisterManifestResponseSchema, answer.json);
    },
    getManifest: (request) =>
      get(
        [GetManifestRequestSchema, GetManifestResponseSchema],
        request,
        `/v1/manifests/${encodeURIComponent(request.name ?? '')}`,
      ),
    listManifests: (request) =>
      get([ListManifestsRequestSchema, ListManifestsResponseSchema], request, '/v1/manifests'),
    listObjects: (request) =>
      get(
        [ListObjectsRequestSchema, ListObjectsResponseSchema],
        request,
        `/v1/objects/${encodeURIComponent(request.name ?? '')}`,
      ),
    batchGetManifests: () => Promise.reject(new Error('the facade has no BatchGetManifests')),
  };
}

function asParameter(value: unknown): string {
  const [, view] = /^MANIFEST_VIEW_(.+)$/.exec(String(value)) ?? [];
  return view?.toLowerCase() ?? String(value);
}
