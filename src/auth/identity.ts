/** Who calls, as far as the service knows. */
export interface Identity {
  /** Fit to be printed: `token:ci`, `sub:alice`, `cert:etl` or `anonymous`. */
  readonly name: string;
  /** What a policy may call it by: see {@link principal}. */
  readonly principals: ReadonlySet<string>;
  /** When its credentials run out, in milliseconds since 1970; absent: not before the call ends. */
  readonly expiresAtMs?: number;
}

/** What a policy may call a caller by, and the parts that tell one from another of its kind. */
export type PrincipalKind =
  | 'anonymous'
  | 'authenticated'
  | 'token'
  | 'subject'
  | 'claim'
  | 'certificate_cn'
  | 'certificate_san';

/** One way to call a caller, as a key: no choice of parts can be mistaken for another. */
export function principal(kind: PrincipalKind, ...parts: readonly unknown[]): string {
  return JSON.stringify([kind, ...parts]);
}

/** Everybody, with or without credentials. */
export const ANYBODY = principal('anonymous');
/** Everybody whose credentials are good. */
export const AUTHENTICATED = principal('authenticated');

/** Who calls without credentials. */
export const ANONYMOUS: Identity = { name: 'anonymous', principals: new Set([ANYBODY]) };

const MAX_SHOWN = 128;

/**
 * An identity with good credentials.
 *
 * @param name what a stranger may have had a hand in: what is not printable is escaped, what is long
 *   is cut.
 */
export function identified(
  name: string,
  principals: Iterable<string>,
  expiresAtMs?: number,
): Identity {
  return {
    name: printable(name),
    principals: new Set([ANYBODY, AUTHENTICATED, ...principals]),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

function printable(text: string): string {
  const escaped = text.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return `\\u{${code}}`;
  });
  return escaped.length > MAX_SHOWN ? `${escaped.slice(0, MAX_SHOWN)}...` : escaped;
}
