import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { ManifestView } from '../../../gen/catalogd/v1/catalog_pb.ts';
import {
  CatalogService,
  type RegisterManifestRequestSchema,
  type RegisterManifestResponse,
} from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../../../gen/google/rpc/error_details_pb.ts';

export type CatalogClient = ReturnType<typeof connect>;

/** A client of the service behind `baseUrl`, such as `https://data.example.com` or `/`. */
export function connect(baseUrl: string) {
  // Reads go out as GET, so that browsers and proxies can tell them from writes.
  return createClient(CatalogService, createConnectTransport({ baseUrl, useHttpGet: true }));
}

/** What the service says of an error besides code and message. */
export function detailsOf(error: unknown) {
  const connectError = ConnectError.from(error);
  const info = connectError
    .findDetails(ErrorInfoSchema)
    .find(({ domain }) => domain === 'catalogd');
  const retry = connectError.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return {
    /** Empty where the error is not the service's. */
    reason: info?.reason ?? '',
    metadata: info?.metadata ?? {},
    violations: connectError
      .findDetails(PreconditionFailureSchema)
      .flatMap((each) => each.violations),
    fields: connectError.findDetails(BadRequestSchema).flatMap((each) => each.fieldViolations),
    retryAfterMs: Number(retry?.seconds ?? 0n) * 1000 + (retry?.nanos ?? 0) / 1_000_000,
  };
}

const TRY_AGAIN = new Set(['OUTCOME_UNKNOWN', 'CONTENDED', 'TOO_BUSY']);

/**
 * Registers a dataset, repeating the call until it has an answer or the time is over. If the time is
 * over first, the write may have happened or may happen yet: call again with the same request.
 */
export async function register(
  client: Pick<CatalogClient, 'registerManifest'>,
  request: MessageInitShape<typeof RegisterManifestRequestSchema> & { requestId: string },
  totalMs = 30_000,
): Promise<RegisterManifestResponse> {
  const end = performance.now() + totalMs;
  for (let boundMs = 200; ; boundMs = Math.min(2 * boundMs, 5_000)) {
    // A whole number, for others are refused; and above 0, which would mean "no timeout".
    const timeoutMs = Math.max(1, Math.ceil(end - performance.now()));
    try {
      return await client.registerManifest(request, { timeoutMs });
    } catch (error) {
      const waitMs = detailsOf(error).retryAfterMs + Math.random() * boundMs;
      if (!mayRepeat(error) || performance.now() + waitMs >= end) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function mayRepeat(error: unknown): boolean {
  const { reason } = detailsOf(error);
  const { code } = ConnectError.from(error);
  // Where fetch gets no answer it throws a TypeError, which connect-web takes for UNKNOWN.
  const noAnswer = reason === '' && code === Code.Unknown;
  return code === Code.Unavailable || TRY_AGAIN.has(reason) || noAnswer;
}

/** The names of all datasets with the prefix, in the byte order of their names. */
export async function* names(client: CatalogClient, prefix = ''): AsyncGenerator<string> {
  let pageToken = '';
  do {
    const view = ManifestView.BASIC;
    const page = await client.listManifests({ prefix, view, pageToken }, { timeoutMs: 30_000 });
    for (const { name } of page.manifests) yield name;
    // Only an empty token says that there are no more: a page may be short, or empty.
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
