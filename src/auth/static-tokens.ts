import { createHash, timingSafeEqual } from 'node:crypto';
import { BadFile } from './bad-file.ts';
import { type Identity, identified, principal } from './identity.ts';
import { BadCredentials } from './refusal.ts';

/** What every token begins with: it tells them from JWTs, and scanners for leaked secrets find it. */
export const TOKEN_PREFIX = 'catalogd_';

/** 256 bits in base64url. With less entropy than that a fast hash would not do. */
const TOKEN = /^catalogd_[A-Za-z0-9_-]{43}$/;

const LINE = /^(?<name>\S+)\s+sha256:(?<hash>[0-9a-f]{64})(?:\s+until=(?<until>\S+))?$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@/-]{0,63}$/;
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?$/;
const MAX_TOKENS = 10_000;

interface KnownToken {
  readonly hash: Buffer;
  readonly identity: Identity;
}

/** A new token, and the line of the tokens file that makes it known. */
export function newToken(
  name: string,
  random: Buffer,
): { readonly token: string; readonly line: string } {
  const token = `${TOKEN_PREFIX}${random.toString('base64url')}`;
  return { token, line: `${name} sha256:${hashOf(token).toString('hex')}` };
}

/** Bytes of randomness that {@link newToken} needs. */
export const TOKEN_BYTES = 32;

/** What is wrong with the name of a token, or `undefined`. */
export function tokenNameProblem(name: string): string | undefined {
  return NAME.test(name)
    ? undefined
    : `${JSON.stringify(name.slice(0, 80))} is not a name of 1 to 64 letters, digits and . _ @ / -`;
}

/**
 * Tokens that do not change until their file does, known by their hashes only. A hash is looked up,
 * never a token: how long that takes tells nothing of a token that is not known already.
 */
export class StaticTokens {
  readonly #byHash: ReadonlyMap<string, KnownToken>;

  private constructor(byHash: ReadonlyMap<string, KnownToken>) {
    this.#byHash = byHash;
  }

  /**
   * Reads a tokens file: a line `NAME sha256:HEX`, with ` until=TIME` where the token ends by itself,
   * for each token. A name may have several, as while one takes the place of another. Empty lines and
   * those that begin with `#` do not count.
   *
   * @throws {BadFile} naming every bad line. No problem holds what may be a token.
   */
  static parse(text: string): StaticTokens {
    const problems: string[] = [];
    const byHash = new Map<string, KnownToken>();
    for (const [i, raw] of text.split('\n').entries()) {
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      const known = parseLine(line);
      if (typeof known === 'string') problems.push(`line ${i + 1}: ${known}`);
      else if (byHash.has(known.hash.toString('hex'))) {
        problems.push(`line ${i + 1}: the same token stands there twice`);
      } else byHash.set(known.hash.toString('hex'), known);
    }
    if (byHash.size > MAX_TOKENS) problems.push(`more than ${MAX_TOKENS} tokens`);
    if (problems.length > 0) throw new BadFile(problems.slice(0, 100));
    return new StaticTokens(byHash);
  }

  /** Number of tokens. */
  get size(): number {
    return this.#byHash.size;
  }

  /**
   * Whose token it is.
   *
   * @param nowMs the wall clock, in milliseconds since 1970.
   * @throws {BadCredentials} if nobody's, or not any more.
   */
  identify(token: string, nowMs: number): Identity {
    if (!TOKEN.test(token)) throw new BadCredentials('token', 'a static token that is malformed');
    const hash = hashOf(token);
    const known = this.#byHash.get(hash.toString('hex'));
    if (known === undefined || !timingSafeEqual(known.hash, hash)) {
      throw new BadCredentials('token', 'a static token that is not known');
    }
    const { expiresAtMs, name } = known.identity;
    if (expiresAtMs !== undefined && nowMs >= expiresAtMs) {
      throw new BadCredentials('token', `an expired token of ${name}`);
    }
    return known.identity;
  }
}

function parseLine(line: string): KnownToken | string {
  const { name = '', hash = '', until } = LINE.exec(line)?.groups ?? {};
  if (hash === '') return 'must be NAME sha256:HEX, as "catalogd token NAME" prints it';
  const problem = tokenNameProblem(name);
  if (problem !== undefined) return problem;
  const expiresAtMs = until === undefined || !isTime(until) ? undefined : Date.parse(until);
  if (until !== undefined && (expiresAtMs === undefined || Number.isNaN(expiresAtMs))) {
    return `until=${until.slice(0, 40)} must be a time such as 2027-01-31T00:00:00Z`;
  }
  const identity = identified(`token:${name}`, [principal('token', name)], expiresAtMs);
  return { hash: Buffer.from(hash, 'hex'), identity };
}

/** The parser takes the 31st of any month for a day of the next one: a token would last longer than it says. */
function isTime(text: string): boolean {
  const day = text.slice(0, '2027-01-31'.length);
  const ms = Date.parse(day);
  return TIME.test(text) && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
