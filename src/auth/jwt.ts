import { createHash } from 'node:crypto';
import { type JWTPayload, type JWTVerifyGetKey, errors as jose, jwtVerify } from 'jose';
import { type Identity, identified, principal } from './identity.ts';
import { AuthenticationUnavailable, BadCredentials } from './refusal.ts';

/**
 * Signatures by private keys alone (RFC 7518, RFC 8037). Neither `none` nor HS256 and its like, for
 * which a public key would be the secret.
 */
export const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** How far the issuer's clock may be from ours, in seconds. */
const CLOCK_SKEW_S = 30;
/**
 * How long a token that was verified is taken for good without doing so again, in milliseconds. That
 * costs 330 us of CPU (RS256) to 670 us (ES256), and 5 to 8 us where the token is remembered.
 */
const REMEMBERED_MS = 30_000;
/** Tokens remembered; then all are forgotten. */
const MAX_REMEMBERED = 10_000;
/** Claims within claims are looked at down to here. */
const MAX_DEPTH = 4;

/** What a {@link JwtVerifier} goes by. */
export interface JwtOptions {
  /** The `iss` claim that tokens must have. */
  readonly issuer: string;
  /** What must be among the values of the `aud` claim. */
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  /** The wall clock, in milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Finds out who calls from JSON Web Tokens (RFC 7519, RFC 8725) of one issuer. */
export class JwtVerifier {
  readonly #options: JwtOptions;
  readonly #remembered = new Map<
    string,
    { readonly identity: Identity; readonly untilMs: number }
  >();

  constructor(options: JwtOptions) {
    this.#options = options;
  }

  /**
   * Who the token says the caller is.
   *
   * @throws {BadCredentials} if it is not a token of the issuer for this audience, at this time.
   * @throws {AuthenticationUnavailable} if the issuer's keys cannot be had.
   */
  async identify(token: string): Promise<Identity> {
    const now = this.#options.nowMs();
    const key = createHash('sha256').update(token).digest('base64url');
    const known = this.#remembered.get(key);
    if (known !== undefined && now < known.untilMs) return known.identity;
    const identity = identityOf(await this.#verify(token, now));
    const untilMs = Math.min(now + REMEMBERED_MS, identity.expiresAtMs ?? 0);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, { identity, untilMs });
    return identity;
  }

  async #verify(token: string, now: number): Promise<JWTPayload> {
    const { issuer, audience, keys } = this.#options;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [...ALGORITHMS],
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_SKEW_S,
        currentDate: new Date(now),
      });
      return payload;
    } catch (error) {
      if (error instanceof AuthenticationUnavailable) throw error;
      // The messages of jose name claims and algorithms, never the token.
      const why = error instanceof jose.JOSEError ? `${error.code}: ${error.message}` : 'a bad JWT';
      throw new BadCredentials('jwt', why, { cause: error });
    }
  }
}

function identityOf(payload: JWTPayload): Identity {
  const { sub, exp } = payload;
  if (typeof sub !== 'string' || sub === '')
    throw new BadCredentials('jwt', 'a JWT without a subject');
  const principals = [principal('subject', sub), ...claimsOf(payload, [])];
  // It is verified by whole seconds, so a part of one is still good until the next has begun.
  const expiresAtMs = (Math.ceil(exp ?? 0) + CLOCK_SKEW_S) * 1_000;
  return identified(`sub:${sub}`, principals, expiresAtMs);
}

/** A principal for each text, number or truth value among the claims, and each in an array of them. */
function* claimsOf(value: unknown, path: readonly string[]): Generator<string> {
  if (Array.isArray(value)) {
    for (const each of value) {
      if (isPlain(each)) yield principal('claim', path, String(each));
    }
  } else if (typeof value === 'object' && value !== null) {
    if (path.length === MAX_DEPTH) return;
    for (const [name, each] of Object.entries(value)) yield* claimsOf(each, [...path, name]);
  } else if (isPlain(value)) {
    yield principal('claim', path, String(value));
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
