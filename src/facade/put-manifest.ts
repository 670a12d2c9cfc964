import { create, type MessageShape } from '@bufbuild/protobuf';
import {
  RegisterManifestRequestSchema,
  RegisterManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ErrInvalidArgument, quote } from '../catalog/errors.ts';
import { parseStrictJson, StrictJsonError } from '../json/strict-json.ts';
import { messageAnswer } from './answer.ts';
import { readText } from './body.ts';
import { expectedEtag } from './conditions.ts';
import type { Exchange, Operation } from './exchange.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { decodeName } from './name.ts';
import { checkAccept, checkJsonContent } from './negotiation.ts';
import { readQuery } from './query.ts';

type Request = MessageShape<typeof RegisterManifestRequestSchema>;

const { field } = RegisterManifestRequestSchema;

/**
 * `PUT /v1/manifests/{name}`: RegisterManifest. 201 where it created the dataset, else 200. There
 * is no ETag in the answer: what was sent is not what is stored (RFC 9110 section 9.3.4); the etag
 * stands in the manifest of the answer.
 */
export const putManifest: Operation = async (exchange) => {
  const { request, methods, call } = exchange;
  checkAccept(request, 'application/json');
  const fromUrl = readQuery(RegisterManifestRequestSchema, [field.validateOnly], exchange.query);
  const fromHeaders = create(RegisterManifestRequestSchema, {
    name: decodeName(exchange.rest),
    expectedEtag: expectedEtag(request),
    requestId: idempotencyKey(request),
  });
  checkJsonContent(request);
  const body = await readBody(exchange);
  const message: Request = {
    ...body,
    name: fromHeaders.name,
    expectedEtag: either('expected_etag', 'If-Match', body.expectedEtag, fromHeaders.expectedEtag),
    requestId: either('request_id', 'Idempotency-Key', body.requestId, fromHeaders.requestId),
    validateOnly: body.validateOnly || fromUrl.validateOnly,
  };
  const response = await methods.registerManifest(message, call);
  const created = response.existing === false && !message.validateOnly;
  return messageAnswer(RegisterManifestResponseSchema, response, { status: created ? 201 : 200 });
};

/** The body: the request as proto3 JSON, without the name, which stands in the URL. */
async function readBody({ request, readMaxBytes }: Exchange): Promise<Request> {
  const body = parseStrictJson(
    RegisterManifestRequestSchema,
    await readText(request, readMaxBytes),
  );
  if (body.name === '') return body;
  throw new StrictJsonError('name', 'stands in the URL; leave it out of the body');
}

/**
 * A value which header and body may both give, if they agree.
 *
 * @throws {ErrInvalidArgument} if they do not.
 */
function either(fieldName: string, header: string, inBody: string, inHeader: string): string {
  if (inBody === '' || inHeader === '' || inBody === inHeader) return inHeader || inBody;
  const description = `${quote(inBody)} is not what the header ${header} says: ${quote(inHeader)}`;
  throw new ErrInvalidArgument([{ field: fieldName, description }]);
}
