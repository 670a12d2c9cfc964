import { createHash } from 'node:crypto';
import { ErrInvalidArgument } from '../errors.ts';

/** The format of tokens; another one is refused rather than misread. */
const FORMAT = 1;

/** Longer than any token. */
const MAX_TOKEN_CHARS = 512;

/** Where a stream may go on. */
export interface ResumePoint {
  /** The id of the process which the sequence is of. */
  readonly incarnation: string;
  /** The follower knows all changes up to this one. */
  readonly sequence: number;
}

/**
 * Prepares the resume tokens of one stream: opaque to callers and bound to the prefix. What all of
 * them have in common is worked out once.
 *
 * @returns makes the token of a sequence number.
 */
export function resumeTokens(incarnation: string, prefix: string): (sequence: number) => string {
  const common = JSON.stringify([FORMAT, digest(prefix), incarnation]).slice(0, -1);
  return (sequence) => Buffer.from(`${common},${sequence}]`).toString('base64url');
}

/**
 * Reads a resume token.
 *
 * @returns `undefined` for the empty token: from the beginning.
 * @throws {ErrInvalidArgument} for what is no token, or that of another prefix.
 */
export function readResumeToken(token: string, prefix: string): ResumePoint | undefined {
  if (token === '') return undefined;
  const parsed = parse(token);
  if (!Array.isArray(parsed) || parsed[0] !== FORMAT) throw badToken(NO_TOKEN);
  const [, ofPrefix, incarnation, sequence] = parsed;
  if (typeof incarnation !== 'string' || !Number.isSafeInteger(sequence) || sequence < 0) {
    throw badToken(NO_TOKEN);
  }
  if (ofPrefix !== digest(prefix)) {
    throw badToken('belongs to a stream of another prefix; begin again without one');
  }
  return { incarnation, sequence };
}

const NO_TOKEN = 'is not a token of this catalog; begin again without one';

function badToken(description: string): ErrInvalidArgument {
  return new ErrInvalidArgument([{ field: 'resume_token', description }]);
}

function parse(token: string): unknown {
  if (token.length > MAX_TOKEN_CHARS) return undefined;
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function digest(prefix: string): string {
  return createHash('sha256').update(prefix).digest('base64url').slice(0, 11);
}
