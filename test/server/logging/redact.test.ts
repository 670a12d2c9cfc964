import { describe, expect, it } from '@jest/globals';
import { redactor } from '../../../src/server/logging/redact.ts';

const redact = redactor(['s3cr3t/value+with"quote', 'short']);

describe('what is taken out of a line', () => {
  it.each([
    ['a bearer token', 'authorization: Bearer abcdef.123-456', 'abcdef.123-456'],
    ['basic credentials', 'got Basic dXNlcjpwYXNz== there', 'dXNlcjpwYXNz'],
    ['a JWT', 'bad token eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln', 'eyJzdWIiOiJhIn0'],
    ['an unsigned JWT', 'bad token eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', 'eyJzdWIiOiJhIn0'],
    [
      'a presigned URL',
      'GET https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101&X-Amz-Security-Token=FwoGZX&X-Amz-Signature=deadbeef01',
      'deadbeef01',
    ],
    ['its session token', 'https://x/?X-Amz-Security-Token=FwoGZXsecret&a=b', 'FwoGZXsecret'],
    [
      'an authorization header of AWS',
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu/s3/aws4_request, Signature=fe5f80f77d5f',
      'fe5f80f77d5f',
    ],
    ['an access key id', 'The key AKIAIOSFODNN7EXAMPLE is not known', 'AKIAIOSFODNN7EXAMPLE'],
    ['a secret key by its name', '{"secretAccessKey":"wJalrXUtnFEMI"}', 'wJalrXUtnFEMI'],
    ['one inside escaped JSON', '{"m":"{\\"aws_secret_access_key\\": \\"wJalrX\\"}"}', 'wJalrX'],
    ['a variable', 'AWS_SESSION_TOKEN=IQoJb3JpZ2luX2Vj', 'IQoJb3JpZ2luX2Vj'],
    ['a password in a URL', 'connect to https://user:hunter2@host/path', 'hunter2'],
    ['a password', 'password: hunter2', 'hunter2'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE KEY-----', 'MIIEvQ'],
    ['a cookie', '{"cookie":"session=abcdef"}', 'session=abcdef'],
    ['a secret of this process', 'x s3cr3t/value+with"quote y', 's3cr3t'],
    ['in JSON', JSON.stringify({ a: 's3cr3t/value+with"quote' }), 's3cr3t'],
    ['in a URL', `?a=${encodeURIComponent('s3cr3t/value+with"quote')}`, 's3cr3t'],
  ])('%s', (_, line, secret) => {
    expect(line).toContain(secret);
    expect(redact(line)).not.toContain(secret);
    expect(redact(line)).toContain('[redacted]');
  });

  it('leaves the rest as it is, and JSON whole', () => {
    const line = JSON.stringify({
      err: { message: 'HTTP 403 AccessDenied: Authorization: Bearer abcdefgh (request 12AB)' },
      name: 'sales/orders',
    });
    expect(JSON.parse(redact(line))).toEqual({
      err: {
        message: 'HTTP 403 AccessDenied: Authorization: [redacted] [redacted] (request 12AB)',
      },
      name: 'sales/orders',
    });
  });

  it.each([
    'the resume token is of another prefix',
    'fingerprint sha256:0011aabb of s3://lake/a?b=c',
    'short words stay, if they are no secrets',
    '{"level":40,"pid":1,"callId":"0b0c","rpc":"catalogd.v1.CatalogService/GetManifest","ms":1.5}',
  ])('takes nothing out of %j', (line) => {
    expect(redact(line)).toBe(line);
  });
});
