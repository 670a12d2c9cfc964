import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Checks an AWS Signature Version 4 in the Authorization header of a request to S3.
 *
 * @returns the S3 error code that a wrong one gets, or `undefined` if it is right.
 */
export function signatureError(
  request: IncomingMessage,
  credentials: { accessKeyId: string; secretAccessKey: string },
): string | undefined {
  const header = request.headers.authorization ?? '';
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      header,
    );
  if (parts === null) return 'AccessDenied';
  const [, accessKeyId, scope = '', signedHeaders = '', signature] = parts;
  if (accessKeyId !== credentials.accessKeyId) return 'InvalidAccessKeyId';

  const [path = '', query = ''] = (request.url ?? '').split('?');
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  const canonicalRequest = [
    request.method,
    path,
    query
      .split('&')
      .map((parameter) =>
        parameter === '' || parameter.includes('=') ? parameter : `${parameter}=`,
      )
      .sort()
      .join('&'),
    headers.join(''),
    signedHeaders,
    request.headers['x-amz-content-sha256'],
  ].join('\n');
  const [date = '', region = '', service = ''] = scope.split('/');
  const toSign = [
    'AWS4-HMAC-SHA256',
    request.headers['x-amz-date'],
    scope,
    createHash('sha256').update(canonicalRequest).digest('hex'),
  ].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const expected = createHmac('sha256', key).update(toSign).digest('hex');
  return expected === signature ? undefined : 'SignatureDoesNotMatch';
}
