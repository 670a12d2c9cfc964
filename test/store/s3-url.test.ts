import { describe, expect, it } from '@jest/globals';
import { StoreConfigError } from '../../src/store/errors.ts';
import { openS3Store } from '../../src/store/s3.ts';
import { parseS3Url } from '../../src/store/s3-url.ts';

describe('an S3 URL', () => {
  it('names a bucket alone', () => {
    expect(parseS3Url('s3://bucket')).toEqual({
      bucket: 'bucket',
      prefix: '',
      endpoint: undefined,
      region: undefined,
      pathStyle: false,
      ifMatch: undefined,
      url: 's3://bucket',
      rootUri: 's3://bucket',
    });
  });

  it('names a bucket, a prefix and how to get there', () => {
    const endpoint = 'http://127.0.0.1:9000';
    const url = `s3://my.bucket/a/b c/%C3%A9%25/?endpoint=${endpoint}/&region=eu-1&path_style=true&if_match=bare`;
    expect(parseS3Url(url)).toEqual({
      bucket: 'my.bucket',
      prefix: 'a/b c/é%/',
      endpoint,
      region: 'eu-1',
      pathStyle: true,
      ifMatch: 'bare',
      url: 's3://my.bucket/a/b%20c/%C3%A9%25?endpoint=http%3A%2F%2F127.0.0.1%3A9000&region=eu-1&path_style=true&if_match=bare',
      rootUri: 's3://my.bucket/a/b c/é%',
    });
  });

  it('means the same when its own spelling is read again', () => {
    const first = parseS3Url('s3://bucket/a?endpoint=https://host/path&path_style=true');
    expect(parseS3Url(first.url)).toEqual(first);
    const odd = parseS3Url('s3://bucket/%3Fa%23b%25c');
    expect(odd.prefix).toBe('?a#b%c/');
    expect(parseS3Url(odd.url)).toEqual(odd);
  });

  it.each([
    ['s3://', /bucket name/],
    ['s3:bucket', /bucket name/],
    ['http://bucket', /form s3:/],
    ['s3://x', /"x" is not a bucket name/],
    ['s3://bucket_', /bucket name/],
    ['s3://bucket:9000/a', /port/],
    ['s3://bucket/a#b', /fragment/],
    ['s3://bucket/a//b', /segment/],
    ['s3://bucket//a', /segment/],
    ['s3://bucket/a/../b', /segment/],
    ['s3://bucket/a/%2e%2E/b', /segment/],
    ['s3://bucket/./b', /segment/],
    ['s3://bucket/a%00b', /segment/],
    ['s3://bucket/a%5Cb', /segment/],
    ['s3://bucket/%ff', /percent-encoded/],
    ['s3://bucket?acl=public', /unknown parameter "acl"; it takes endpoint, region, path_style/],
    ['s3://bucket?region=a&region=b', /region twice/],
    ['s3://bucket?region=', /region "" is not/],
    ['s3://bucket?path_style=yes', /path_style in the store URL must be false or true/],
    ['s3://bucket?if_match=1', /if_match in the store URL must be quoted or bare/],
    ['s3://bucket?endpoint=host:9000', /endpoint in the store URL must be an http/],
    ['s3://bucket?endpoint=ftp://host', /endpoint in the store URL must be an http/],
    ['s3://bucket?endpoint=http://host/%3Fa?b=c', /without query/],
  ])('%j is refused', (url, message) => {
    expect(() => parseS3Url(url)).toThrow(StoreConfigError);
    expect(() => parseS3Url(url)).toThrow(message);
  });

  it.each([
    's3://user:hunter2@bucket/a',
    's3://hunter2@bucket/a',
    's3://bucket?endpoint=http://user:hunter2@host',
    's3://bucket?endpoint=http://hunter2@host',
    's3://bucket?secret=hunter2',
    's3://user:hunter2@bucket:99999999/a',
  ])('with credentials is refused, and they are not repeated (%#)', (url) => {
    expect(() => parseS3Url(url)).toThrow(StoreConfigError);
    expect(() => parseS3Url(url)).not.toThrow(/hunter2/);
  });

  it('leaves room for the longest key', () => {
    expect(parseS3Url(`s3://bucket/${'p'.repeat(484)}`).prefix.length).toBe(485);
    expect(() => parseS3Url(`s3://bucket/${'p'.repeat(485)}`)).toThrow(
      /prefix has 486 bytes with its slash; more than 485/,
    );
    expect(() => parseS3Url(`s3://bucket/${'é'.repeat(243)}`)).toThrow(/487 bytes/);
  });
});

describe('the region', () => {
  it('must be known at AWS, and has a default elsewhere', async () => {
    const names = ['AWS_REGION', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'];
    const saved = names.map((name) => [name, process.env[name]] as const);
    delete process.env.AWS_REGION;
    process.env.AWS_CONFIG_FILE = '/nonexistent';
    process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
    try {
      await expect(openS3Store('s3://bucket')).rejects.toThrow(StoreConfigError);
      await expect(openS3Store('s3://bucket')).rejects.toThrow(/add region=NAME/);
      await (await openS3Store('s3://bucket?region=eu-1')).close();
      await (await openS3Store('s3://bucket?endpoint=http://127.0.0.1:1')).close();
      process.env.AWS_REGION = 'eu-2';
      await (await openS3Store('s3://bucket')).close();
    } finally {
      for (const [name, value] of saved) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});
