import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { BadFile } from './bad-file.ts';
import { AuthenticationUnavailable } from './refusal.ts';

/** How long one attempt to fetch the keys may take, in milliseconds. */
const FETCH_MS = 5_000;
/** After how long keys are fetched anew, in milliseconds: for that long a withdrawn key still counts. */
const MAX_AGE_MS = 5 * 60_000;
/**
 * For how long the keys that were fetched last are taken once more while newer ones cannot be had; they
 * serve for {@link MAX_AGE_MS} after that.
 */
const MAX_STALE_MS = 60 * 60_000;
/** Between a failed attempt and the next one, and between two for keys that are not known. */
const COOLDOWN_MS = 10_000;
/** Bytes of a key set: a hundred keys fit many times. */
export const MAX_JWKS_BYTES = 1024 * 1024;

/** What {@link remoteKeys} has from outside. */
export interface RemoteKeysParts {
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
  /** Told of an attempt that failed. */
  readonly onFailure: (err: unknown) => void;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * The keys of a JWK set (RFC 7517) in a file.
 *
 * @throws {BadFile} if it is none, or holds a secret rather than public keys.
 */
export function keysOf(text: string): JWTVerifyGetKey {
  let jwks: { keys?: unknown };
  try {
    jwks = JSON.parse(text);
  } catch {
    throw new BadFile(['must be a JWK set in JSON (RFC 7517)']);
  }
  const keys = jwks?.keys;
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new BadFile(['keys: must be an array of at least one public key']);
  }
  const problems = keys.flatMap((key, i) => keyProblem(key, i) ?? []);
  if (problems.length > 0) throw new BadFile(problems);
  return createLocalJWKSet({ keys });
}

function keyProblem(key: unknown, i: number): string | undefined {
  if (typeof key !== 'object' || key === null) return `keys[${i}]: must be an object`;
  if ('d' in key || 'k' in key) {
    return `keys[${i}]: is a private or symmetric key; put only public keys here`;
  }
  return 'kty' in key ? undefined : `keys[${i}].kty: is missing`;
}

/**
 * The keys of the JWK set at a URL: kept for a few minutes, and fetched anew where a token names a key
 * that is not among them, at most every ten seconds. While they cannot be fetched, those that were
 * serve for an hour, and a few minutes more.
 *
 * The key source throws {@link AuthenticationUnavailable} where there are no keys to be had.
 */
export function remoteKeys(url: URL, parts: RemoteKeysParts): JWTVerifyGetKey {
  return createRemoteJWKSet(url, {
    timeoutDuration: FETCH_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    [customFetch]: patientFetch(parts),
  });
}

/** Fetches with a bound on the answer, not too often, and makes do with the last answer for a while. */
function patientFetch({ monotonic, onFailure, fetch = globalThis.fetch }: RemoteKeysParts) {
  let last: { readonly text: string; readonly atMs: number } | undefined;
  let failedAtMs: number | undefined;
  const makeDo = (cause?: unknown): Response => {
    if (last !== undefined && monotonic() - last.atMs < MAX_STALE_MS)
      return new Response(last.text);
    throw new AuthenticationUnavailable('the keys of the issuer cannot be fetched', { cause });
  };
  return async (url: string, init: RequestInit): Promise<Response> => {
    if (failedAtMs !== undefined && monotonic() - failedAtMs < COOLDOWN_MS) return makeDo();
    try {
      const response = await fetch(url, init);
      const text = await boundedText(response);
      if (response.status !== 200) throw new Error(`the answer was ${response.status}, not 200`);
      keysOf(text);
      last = { text, atMs: monotonic() };
      failedAtMs = undefined;
      return new Response(text);
    } catch (err) {
      failedAtMs = monotonic();
      onFailure(err);
      return makeDo(err);
    }
  };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_JWKS_BYTES)
      throw new Error(`the key set is longer than ${MAX_JWKS_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
