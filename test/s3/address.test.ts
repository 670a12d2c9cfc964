import { describe, expect, it } from '@jest/globals';
import { parseS3Address } from '../../src/s3/address.ts';
import { S3ConfigError } from '../../src/s3/errors.ts';

const aws = { endpoint: undefined, region: undefined, pathStyle: false };

describe('an S3 path', () => {
  it.each([
    ['s3://lake', '', aws],
    ['s3://lake/', '', aws],
    ['s3://lake/a/b.parquet', 'a/b.parquet', aws],
    ['s3://lake/t=00%3A00/a b#c//é', 't=00%3A00/a b#c//é', aws],
    ['s3://lake?region=eu-1', '', { ...aws, region: 'eu-1' }],
    [
      's3://lake/a?endpoint=http://127.0.0.1:9000/&path_style=true',
      'a',
      { endpoint: 'http://127.0.0.1:9000', region: undefined, pathStyle: true },
    ],
  ])('%s', (text, path, server) => {
    expect(parseS3Address(text)).toEqual({ bucket: 'lake', path, server });
  });

  it.each([
    ['http://lake', /form s3:/],
    ['s3://', /"" is not a bucket name/],
    ['s3://x_/a', /bucket name/],
    ['s3://lake:9000/a', /no port/],
    ['s3://lake/a?acl=public', /unknown parameter "acl" in an S3 path; it takes endpoint/],
    ['s3://lake/a?region=a&region=b', /region twice/],
    ['s3://lake/a?region=', /region "" is not/],
    ['s3://lake/a?path_style=yes', /must be false or true/],
    ['s3://lake/a?endpoint=host:9000', /endpoint in an S3 path must be an http/],
    ['s3://lake/a?endpoint=http://host?a=b', /without credentials and query/],
  ])('%s is refused', (text, message) => {
    expect(() => parseS3Address(text)).toThrow(S3ConfigError);
    expect(() => parseS3Address(text)).toThrow(message);
  });

  it.each([
    's3://me:hunter2@lake/a',
    's3://hunter2@lake',
    's3://lake?endpoint=http://me:hunter2@h',
  ])('never repeats credentials (%#)', (text) => {
    expect(() => parseS3Address(text)).toThrow(S3ConfigError);
    expect(() => parseS3Address(text)).not.toThrow(/hunter2/);
  });
});
