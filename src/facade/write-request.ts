import { create, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { ErrInvalidArgument, quote } from '../catalog/errors.ts';
import { parseStrictJson, StrictJsonError } from '../json/strict-json.ts';
import { readText } from './body.ts';
import { expectedEtag } from './conditions.ts';
import type { Exchange } from './exchange.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { decodeName } from './name.ts';
import { checkAccept, checkJsonContent } from './negotiation.ts';
import { readQuery } from './query.ts';

/** What every request has that writes. */
type WriteRequest = Message & {
  name: string;
  expectedEtag: string;
  requestId: string;
  validateOnly: boolean;
};

/** Whether a request has a body: JSON, JSON or nothing, nothing. */
export type BodyKind = 'required' | 'optional' | 'none';

/**
 * Reads a request that writes: the name from the path; `expected_etag` and `request_id` from If-Match
 * and Idempotency-Key, or the body if that agrees; booleans from the query or the body, where true in
 * either is true; all else from the body.
 *
 * @throws {ErrInvalidArgument} {@link HttpError} {@link StrictJsonError} for what is not as it should be.
 * @throws {RequestAborted} if the body breaks off.
 */
export async function readWrite<M extends WriteRequest>(
  desc: GenMessage<M>,
  exchange: Exchange,
  bodyKind: BodyKind,
): Promise<M> {
  const { request } = exchange;
  checkAccept(request, 'application/json');
  const switches = desc.fields.filter(({ scalar }) => scalar === ScalarType.BOOL);
  const fromUrl: Readonly<Record<string, unknown>> = readQuery(desc, switches, exchange.query);
  const name = decodeName(exchange.rest);
  const etag = expectedEtag(request);
  const key = idempotencyKey(request);
  const body = (await readBody(desc, exchange, bodyKind)) as M & Record<string, unknown>;
  if (body.name !== '') {
    throw new StrictJsonError('name', 'stands in the URL; leave it out of the body');
  }
  return {
    ...body,
    name,
    expectedEtag: either('expected_etag', 'If-Match', body.expectedEtag, etag),
    requestId: either('request_id', 'Idempotency-Key', body.requestId, key),
    ...Object.fromEntries(
      switches.map(({ localName }) => [
        localName,
        body[localName] === true || fromUrl[localName] === true,
      ]),
    ),
  };
}

/** The body: the request as proto3 JSON, without the name, which stands in the URL. */
async function readBody(
  desc: DescMessage,
  { request, readMaxBytes }: Exchange,
  kind: BodyKind,
): Promise<Message> {
  const { headers } = request;
  const isDescribed =
    headers['content-type'] !== undefined || headers['content-encoding'] !== undefined;
  if (kind === 'required' || (kind === 'optional' && isDescribed)) checkJsonContent(request);
  const text = await readText(request, readMaxBytes);
  if (text === '' && kind !== 'required') return create(desc);
  if (kind === 'none') {
    throw new StrictJsonError('', 'must be empty: URL and headers say all there is to say');
  }
  checkJsonContent(request);
  return parseStrictJson(desc, text);
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
