import type { S3Server } from './client.ts';
import { S3ConfigError } from './errors.ts';

/** A place in a bucket, and the server that has it. */
export interface S3Address {
  readonly bucket: string;
  /** What follows the bucket's slash, character by character as written; may be empty. */
  readonly path: string;
  readonly server: S3Server;
}

const FORM = 's3://bucket/path?endpoint=URL&region=NAME&path_style=true';

const PARAMETERS = ['endpoint', 'region', 'path_style'];

/**
 * Reads `s3://bucket/path?endpoint=URL&region=NAME&path_style=true|false`. The path is taken as it
 * stands up to the first question mark, not percent-decoded: just as the other tools of S3 take it
 * and as catalogd registers it, so that what a catalog lists can be given again. Hive's partitions
 * have names with a literal `%3A`.
 *
 * @throws {S3ConfigError} which never repeats a user name or password.
 */
export function parseS3Address(text: string): S3Address {
  const match = /^s3:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text);
  if (match === null) throw new S3ConfigError(`an S3 path must have the form ${FORM}`);
  const [, bucket = '', path = '', query = ''] = match;
  if (bucket.includes('@') || bucket.includes(':')) {
    throw new S3ConfigError(
      `an S3 path has no credentials and no port; it must have the form ${FORM}; credentials come from the environment or the profile`,
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) {
    throw new S3ConfigError(
      `${JSON.stringify(bucket)} is not a bucket name: 3 to 63 letters, digits, dots and hyphens`,
    );
  }
  return { bucket, path, server: readServer(new URLSearchParams(query)) };
}

function readServer(parameters: URLSearchParams): S3Server {
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw new S3ConfigError(
        `unknown parameter ${JSON.stringify(name)} in an S3 path; it takes ${PARAMETERS.join(', ')}`,
      );
    }
    if (parameters.getAll(name).length > 1) {
      throw new S3ConfigError(`an S3 path has the parameter ${name} twice`);
    }
  }
  const region = parameters.get('region') ?? undefined;
  if (region !== undefined && !/^[A-Za-z0-9-]+$/.test(region)) {
    throw new S3ConfigError(`region ${JSON.stringify(region)} is not a region's name`);
  }
  const pathStyle = parameters.get('path_style') ?? 'false';
  if (pathStyle !== 'true' && pathStyle !== 'false') {
    throw new S3ConfigError('path_style in an S3 path must be false or true');
  }
  const endpoint = readEndpoint(parameters.get('endpoint'));
  return { endpoint, region, pathStyle: pathStyle === 'true' };
}

function readEndpoint(text: string | null): string | undefined {
  if (text === null) return undefined;
  const url = URL.parse(text);
  const plain =
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (!plain) {
    throw new S3ConfigError(
      'endpoint in an S3 path must be an http or https URL without credentials and query',
    );
  }
  return url.href.replace(/\/$/, '');
}
