import { StoreConfigError } from './errors.ts';
import { MAX_KEY_BYTES } from './store.ts';

/** Where a catalog is kept in S3, as its URL says. */
export interface S3Location {
  readonly bucket: string;
  /** Comes before every key; empty, or ends in `/`. */
  readonly prefix: string;
  /** Of the service, where it is not AWS: an http or https URL without a trailing slash. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Whether the bucket stands in the path, as most servers but AWS want it, not in the host name. */
  readonly pathStyle: boolean;
  /**
   * Whether `If-Match` carries the etag with its quotes. RFC 9110 section 8.8.3 wants them, but Ceph
   * RGW up to 18 and servers built on it answer 412 to a quoted etag. Absent: quoted, unless a probe
   * finds out better.
   */
  readonly ifMatch: 'quoted' | 'bare' | undefined;
  /** The location as a URL, in one spelling. */
  readonly url: string;
  /** `s3://bucket/prefix`, characters as they are, not percent-encoded; no trailing slash. */
  readonly rootUri: string;
}

/** The longest key below the root that catalogd makes: `_catalog/manifests/`, a name, `.parquet`. */
const LONGEST_KEY_BYTES = 19 + 512 + 8;

const FORM = 's3://bucket/prefix?endpoint=URL&region=NAME&path_style=true&if_match=bare';

const PARAMETERS = ['endpoint', 'region', 'path_style', 'if_match'];

/**
 * Reads `s3://bucket/prefix?endpoint=URL&region=NAME&path_style=true|false&if_match=quoted|bare`.
 * The prefix and all parameters are optional, and percent-encoding is decoded.
 *
 * @throws {StoreConfigError} which never repeats a user name or password out of the URL.
 */
export function parseS3Url(text: string): S3Location {
  const url = parse(text, 's3:', `the store URL must have the form ${FORM}`);
  if (url.port !== '' || url.hash !== '') {
    throw new StoreConfigError(
      `the store URL has a port or a fragment; it must have the form ${FORM}`,
    );
  }
  const bucket = decodeURIComponent(url.hostname);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) {
    throw new StoreConfigError(
      `${JSON.stringify(bucket)} is not a bucket name: 3 to 63 letters, digits, dots and hyphens`,
    );
  }

  const prefix = readPrefix(text, url);
  const parameters = readParameters(url.searchParams);
  const endpoint = readEndpoint(parameters.get('endpoint'));
  const region = parameters.get('region');
  const pathStyle = choose(parameters, 'path_style', ['false', 'true'] as const) === 'true';
  const ifMatch = choose(parameters, 'if_match', ['quoted', 'bare'] as const);
  if (region !== undefined && !/^[A-Za-z0-9-]+$/.test(region)) {
    throw new StoreConfigError(`region ${JSON.stringify(region)} is not a region's name`);
  }

  const rootUri = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  const query = new URLSearchParams({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(pathStyle ? { path_style: 'true' } : {}),
    ...(ifMatch === undefined ? {} : { if_match: ifMatch }),
  }).toString();
  const path = encodeURI(rootUri).replace(/[?#]/g, encodeURIComponent);
  const canonical = query === '' ? path : `${path}?${query}`;
  return { bucket, prefix, endpoint, region, pathStyle, ifMatch, url: canonical, rootUri };
}

/** Parses a URL whose text must not be repeated: it may hold credentials. */
function parse(text: string, protocol: string, complaint: string): URL {
  const url = URL.parse(text);
  if (url === null || !url.protocol.startsWith(protocol)) throw new StoreConfigError(complaint);
  if (url.username !== '' || url.password !== '') {
    throw new StoreConfigError(
      'a store URL must not hold credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ' +
        'or whatever else the default credential chain of the AWS SDK reads',
    );
  }
  return url;
}

function readPrefix(text: string, url: URL): string {
  let prefix: string;
  try {
    prefix = decodeURIComponent(url.pathname).replace(/^\//, '').replace(/\/$/, '');
  } catch {
    throw new StoreConfigError('the prefix in the store URL is not valid percent-encoded UTF-8');
  }
  // The parser has resolved `.` and `..` already, so look at what was written.
  const written = text
    .replace(/[?#].*$/s, '')
    .split('/')
    .slice(3);
  const dots = written.some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
  if (dots || prefix.startsWith('/') || prefix.includes('//') || /\p{Cc}|\\/u.test(prefix)) {
    throw new StoreConfigError(
      `prefix ${JSON.stringify(prefix)} has an empty, "." or ".." segment, a backslash or a control character`,
    );
  }
  if (prefix === '') return '';
  const bytes = Buffer.byteLength(prefix) + 1;
  const most = MAX_KEY_BYTES - LONGEST_KEY_BYTES;
  if (bytes > most) {
    throw new StoreConfigError(
      `the prefix has ${bytes} bytes with its slash; more than ${most} would push keys past the ${MAX_KEY_BYTES} bytes that S3 takes`,
    );
  }
  return `${prefix}/`;
}

function readParameters(search: URLSearchParams): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of search) {
    if (!PARAMETERS.includes(name)) {
      throw new StoreConfigError(
        `the store URL has an unknown parameter ${JSON.stringify(name)}; it takes ${PARAMETERS.join(', ')}`,
      );
    }
    if (parameters.has(name)) {
      throw new StoreConfigError(`the store URL has the parameter ${name} twice`);
    }
    parameters.set(name, value);
  }
  return parameters;
}

function choose<T extends string>(
  parameters: Map<string, string>,
  name: string,
  accepted: readonly T[],
): T | undefined {
  const value = parameters.get(name);
  const chosen = accepted.find((each) => each === value);
  if (value !== undefined && chosen === undefined) {
    throw new StoreConfigError(`${name} in the store URL must be ${accepted.join(' or ')}`);
  }
  return chosen;
}

function readEndpoint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const complaint = 'endpoint in the store URL must be an http or https URL without query';
  const url = parse(text, 'http', complaint);
  if (!['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new StoreConfigError(complaint);
  }
  return url.href.replace(/\/$/, '');
}
