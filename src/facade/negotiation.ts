import { quote } from '../catalog/errors.ts';
import type { HttpRequest } from '../http/exchange.ts';
import { singleHeader } from './headers.ts';
import { HttpError } from './http-error.ts';

/**
 * Refuses a request whose Accept excludes the only type there is (RFC 9110 section 12.5.1). The
 * most specific range decides; parameters besides `q` are not looked at.
 *
 * @throws {HttpError} 406
 */
export function checkAccept(request: HttpRequest, type: string): void {
  const accept = request.headers.accept;
  if (accept === undefined || accept.trim() === '') return;
  const weights = new Map(accept.split(',').map(rangeOf));
  const general = `${type.slice(0, type.indexOf('/'))}/*`;
  const weight = weights.get(type) ?? weights.get(general) ?? weights.get('*/*') ?? 0;
  if (weight > 0) return;
  const detail = `The answer is ${type}, which the header accept excludes: ${quote(accept)}.`;
  throw new HttpError(406, 'NOT_ACCEPTABLE', detail);
}

function rangeOf(text: string): [string, number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return [range, q === undefined ? 1 : Number(q.slice(2))];
}

/**
 * Refuses a body that is not JSON in UTF-8, or is compressed.
 *
 * @throws {HttpError} 415
 * @throws {ErrInvalidArgument} for two types.
 */
export function checkJsonContent(request: HttpRequest): void {
  const given = singleHeader(request, 'content-type');
  const [type, ...parameters] = (given ?? '').split(';').map((part) => part.trim().toLowerCase());
  const foreign = parameters.some((p) => p !== '' && !/^charset="?utf-8"?$/.test(p));
  if (type !== 'application/json' || foreign) {
    const said = given === undefined ? 'has no content-type' : `is ${quote(given)}`;
    const detail = `The body must be application/json in UTF-8; this one ${said}.`;
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', detail, { accept: 'application/json' });
  }
  const encoding = request.headers['content-encoding']?.toString() ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const detail = `The body must not be compressed; its content-encoding is ${quote(encoding)}.`;
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', detail, { 'accept-encoding': 'identity' });
  }
}
