import { S3Client } from '@aws-sdk/client-s3';
import { S3ConfigError } from './errors.ts';
import { Sha256 } from './sha256.ts';

/** A server that speaks S3, as a URL names it. */
export interface S3Server {
  /** Where it is not AWS: an http or https URL without a trailing slash. */
  readonly endpoint: string | undefined;
  /** `undefined` leaves it to the environment and the profile. */
  readonly region: string | undefined;
  /** Whether the bucket stands in the path, as most servers but AWS want it, not in the host name. */
  readonly pathStyle: boolean;
}

/** Limits of the connections to S3. */
export interface S3ClientOptions {
  /** From the start of a request to the head of its answer, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Until a request has a connection, in milliseconds, waiting for a free one included. */
  readonly connectTimeoutMs: number;
  /** The most connections at once. */
  readonly maxSockets: number;
}

/**
 * How long a connection may lie idle before it is closed, in milliseconds: less than servers allow,
 * for a put that meets a connection which the server is just closing has an unknown outcome.
 */
const IDLE_MS = 4_000;

/** Where a server of one's own names no region, this is the one it most likely expects. */
const DEFAULT_REGION = 'us-east-1';

/**
 * The SDK's client, set up so that no request is sent twice and each one ends. Does no network I/O.
 *
 * @param url what the server is wanted for, to be named in the error.
 * @throws {S3ConfigError} if no region is known.
 */
export async function createS3Client(
  server: S3Server,
  url: string,
  options: S3ClientOptions,
): Promise<S3Client> {
  const client = buildClient(server, server.region, options);
  if (await knowsRegion(client)) return client;
  client.destroy();
  if (server.endpoint !== undefined) return buildClient(server, DEFAULT_REGION, options);
  throw new S3ConfigError(
    `no region is known for ${url}; add region=NAME to the URL or set AWS_REGION`,
  );
}

/** The region comes from the URL, the environment or the profile. */
async function knowsRegion(client: S3Client): Promise<boolean> {
  try {
    return Boolean(await client.config.region());
  } catch {
    return false;
  }
}

/**
 * Steps of the SDK which change nothing here and take a sixth of a request's CPU time: it logs nowhere,
 * the bucket's name is checked with the URL, redirects to other regions are not followed, nothing
 * expects a 100 Continue, and this is no Lambda function.
 */
const NEEDLESS = [
  'loggerMiddleware',
  'validateBucketNameMiddleware',
  'regionRedirectMiddleware',
  'regionRedirectEndpointMiddleware',
  'addExpectContinueMiddleware',
  'recursionDetectionMiddleware',
];

function buildClient(
  server: S3Server,
  region: string | undefined,
  { requestTimeoutMs, connectTimeoutMs, maxSockets }: S3ClientOptions,
): S3Client {
  const agent = { keepAlive: true, maxSockets, timeout: IDLE_MS };
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(server.endpoint === undefined ? {} : { endpoint: server.endpoint }),
    forcePathStyle: server.pathStyle,
    // A put whose answer was lost would, when repeated, meet its own write and be told 412.
    maxAttempts: 1,
    // Servers other than AWS often do not know the newer checksums, nor trailers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // `Expect: 100-continue` takes a new connection for each request, and waits for servers without it.
    expectContinueHeader: false,
    sha256: Sha256,
    requestHandler: {
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      connectionTimeout: connectTimeoutMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  for (const step of NEEDLESS) client.middlewareStack.remove(step);
  // One signer for all requests, which are all for one region: the SDK makes one for each.
  const makeSigner = client.config.signer;
  let signer: ReturnType<typeof makeSigner> | undefined;
  client.config.signer = (scheme) => {
    signer ??= makeSigner(scheme);
    return signer;
  };
  return client;
}
