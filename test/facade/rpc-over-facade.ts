import {
  create,
  type DescMessage,
  fromJson,
  type MessageInitShape,
  type MessageShape,
  toJson,
} from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import * as service from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { FacadeAnswer, FacadeClient } from './client.ts';

/** The facade answered with a problem. */
export class ProblemAnswer extends Error {
  readonly answer: FacadeAnswer;
  constructor(answer: FacadeAnswer) {
    super(answer.text);
    this.answer = answer;
  }
}

type Named = { readonly name?: string };

/** A client of the service whose calls go over the facade, as far as it has them. */
export function rpcOverFacade(call: FacadeClient): Client<typeof service.CatalogService> {
  const send = async <O extends DescMessage>(
    output: O,
    ...args: Parameters<FacadeClient>
  ): Promise<MessageShape<O>> => {
    const answer = await call(...args);
    if (answer.status >= 300) throw new ProblemAnswer(answer);
    return fromJson(output, answer.json);
  };
  /** All but the name is in the query. */
  const inQuery = <I extends DescMessage, O extends DescMessage>(
    [method, input, output]: readonly [string, I, O],
    request: MessageInitShape<I>,
    path: string,
  ) => {
    const query = new URLSearchParams();
    const json = toJson(input, create(input, request), { useProtoFieldName: true }) as object;
    for (const [field, value] of Object.entries(json)) {
      if (field !== 'name') query.set(field, asParameter(value));
    }
    return send(output, method, `${path}?${query}`);
  };
  /** All but the name is in the body. */
  const inBody = <I extends DescMessage, O extends DescMessage>(
    [method, input, output]: readonly [string, I, O],
    request: MessageInitShape<I> & Named,
    verb = '',
  ) => {
    const body = toJson(input, create(input, { ...request, name: '' }));
    return send(output, method, `/v1/manifests/${nameOf(request)}${verb}`, { body });
  };
  const none = (what: string) => new Error(`the facade has no ${what}`);
  return {
    registerManifest: (request) =>
      inBody(
        ['PUT', service.RegisterManifestRequestSchema, service.RegisterManifestResponseSchema],
        request,
      ),
    evolveSchema: (request) =>
      inBody(
        ['POST', service.EvolveSchemaRequestSchema, service.EvolveSchemaResponseSchema],
        request,
        ':evolve',
      ),
    updateObjects: (request) =>
      inBody(
        ['POST', service.UpdateObjectsRequestSchema, service.UpdateObjectsResponseSchema],
        request,
        ':updateObjects',
      ),
    deleteManifest: (request) =>
      inQuery(
        ['DELETE', service.DeleteManifestRequestSchema, service.DeleteManifestResponseSchema],
        request,
        `/v1/manifests/${nameOf(request)}`,
      ),
    undeleteManifest: (request) =>
      inBody(
        ['POST', service.UndeleteManifestRequestSchema, service.UndeleteManifestResponseSchema],
        request,
        ':undelete',
      ),
    purgeManifest: (request) =>
      inBody(
        ['POST', service.PurgeManifestRequestSchema, service.PurgeManifestResponseSchema],
        request,
        ':purge',
      ),
    getManifest: (request) =>
      inQuery(
        ['GET', service.GetManifestRequestSchema, service.GetManifestResponseSchema],
        request,
        `/v1/manifests/${nameOf(request)}`,
      ),
    listManifests: (request) =>
      inQuery(
        ['GET', service.ListManifestsRequestSchema, service.ListManifestsResponseSchema],
        request,
        '/v1/manifests',
      ),
    listObjects: (request) =>
      inQuery(
        ['GET', service.ListObjectsRequestSchema, service.ListObjectsResponseSchema],
        request,
        `/v1/objects/${nameOf(request)}`,
      ),
    batchGetManifests: () => Promise.reject(none('BatchGetManifests')),
    watchManifests: () => {
      throw none('WatchManifests');
    },
  };
}

function nameOf({ name = '' }: Named): string {
  return encodeURIComponent(name);
}

function asParameter(value: unknown): string {
  const [, view] = /^MANIFEST_VIEW_(.+)$/.exec(String(value)) ?? [];
  return view?.toLowerCase() ?? String(value);
}
