import { Metadata } from '@grpc/grpc-js';
import { CatalogClientError } from './errors.ts';

/** `b64token` of RFC 6750 section 2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The metadata of one attempt: `authorization: Bearer ...` with the token as it is now (RFC 6750), or
 * nothing.
 *
 * @throws {CatalogClientError} before anything was sent: UNAUTHENTICATED if there is no token or it is
 *   none, DEADLINE_EXCEEDED or CANCELLED if it did not come in time. No message holds the token.
 */
export async function authorization(
  token: (() => string | Promise<string>) | undefined,
  timeLeftMs: number,
  signal: AbortSignal | undefined,
): Promise<Metadata> {
  const metadata = new Metadata();
  if (token !== undefined) {
    const value = await inTime(token, timeLeftMs, signal);
    if (typeof value !== 'string' || !BEARER_TOKEN.test(value)) {
      throw new CatalogClientError({
        code: 'UNAUTHENTICATED',
        message: 'the token is empty or has characters that no bearer token has (RFC 6750)',
      });
    }
    metadata.set('authorization', `Bearer ${value}`);
  }
  return metadata;
}

async function inTime(
  token: () => string | Promise<string>,
  timeLeftMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const give = (code: 'DEADLINE_EXCEEDED' | 'CANCELLED') =>
    reject(
      new CatalogClientError({ code, message: 'there was no token in time; nothing was sent' }),
    );
  const timer = setTimeout(give, timeLeftMs, 'DEADLINE_EXCEEDED');
  const cancel = () => give('CANCELLED');
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([token(), end]);
  } catch (error) {
    if (error instanceof CatalogClientError) throw error;
    throw new CatalogClientError({
      code: 'UNAUTHENTICATED',
      message: 'the function that gives the token failed; nothing was sent',
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
