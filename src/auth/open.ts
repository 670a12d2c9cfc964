import { BadFile } from './bad-file.ts';
import { Gate } from './gate.ts';
import { keysOf, remoteKeys } from './jwks.ts';
import { JwtVerifier } from './jwt.ts';
import { Policy } from './policy.ts';
import { StaticTokens } from './static-tokens.ts';
import { type Sleep, WatchedFile } from './watched-file.ts';

/** How callers are told apart, and what says what they may do. All of it optional. */
export interface AuthSettings {
  /** Path of the policy file. */
  readonly policy?: string | undefined;
  /** Path of the file with the hashes of static tokens. */
  readonly tokens?: string | undefined;
  readonly oidc?: OidcSettings | undefined;
  /** Whether client certificates are asked for, and verified, by the listener. */
  readonly clientCertificates?: boolean | undefined;
}

/** Which JSON Web Tokens count. */
export interface OidcSettings {
  /** What the `iss` claim must be, character for character. */
  readonly issuer: string;
  /** What must be among the `aud` claim's values. */
  readonly audience: string;
  /** Where the issuer's public keys are: an `https:` URL, `http:` on loopback alone, or a path. */
  readonly jwks: string;
}

/** What the gate has from outside. */
export interface AuthParts {
  readonly log: Log;
  /** The wall clock, in milliseconds since 1970. */
  readonly nowMs: () => number;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  /** Ends the watching of the files. */
  readonly signal: AbortSignal;
}

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Whether the settings name any way to tell callers apart. */
export function isConfigured(settings: AuthSettings): boolean {
  const { tokens, oidc, clientCertificates } = settings;
  return tokens !== undefined || oidc !== undefined || clientCertificates === true;
}

/**
 * Reads the files that the settings name, and goes on to watch them.
 *
 * @throws {BadFile} if one cannot be used, naming every problem with its path.
 */
export async function openGate(settings: AuthSettings, parts: AuthParts): Promise<Gate> {
  const { policy, tokens, oidc, clientCertificates = false } = settings;
  const { log, nowMs } = parts;
  if (!isConfigured(settings) && policy === undefined) return Gate.open;
  const watch = <T>(path: string, what: string, parse: (text: string) => T) =>
    WatchedFile.open({ path, what, parse, log });
  const policyFile = policy === undefined ? undefined : await watch(policy, 'policy', Policy.parse);
  const tokensFile =
    tokens === undefined ? undefined : await watch(tokens, 'tokens', StaticTokens.parse);
  const keysFile =
    oidc === undefined || isUrl(oidc.jwks) ? undefined : await watch(oidc.jwks, 'keys', keysOf);
  const remote =
    oidc !== undefined && keysFile === undefined ? fetched(oidc.jwks, parts) : undefined;
  const jwtOf = () => {
    const keys = keysFile?.value ?? remote;
    return oidc && keys && new JwtVerifier({ ...oidc, keys, nowMs });
  };
  const current = { jwt: jwtOf() };
  const gate = new Gate({
    ...(tokensFile && { tokens: () => tokensFile.value }),
    ...(oidc && { jwt: () => current.jwt as JwtVerifier }),
    certificates: clientCertificates,
    ...(policyFile && { policy: () => policyFile.value }),
    nowMs,
  });
  policyFile?.onChange(() => gate.changed());
  tokensFile?.onChange(() => gate.changed());
  // What was verified by keys that are gone must be verified anew.
  keysFile?.onChange(() => {
    current.jwt = jwtOf();
    gate.changed();
  });
  for (const file of [policyFile, tokensFile, keysFile]) {
    void file?.follow(parts.sleep, parts.signal);
  }
  if (policy === undefined) {
    log.warn({}, 'there is no policy: whoever has good credentials may do everything');
  }
  return gate;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

function fetched(text: string, { monotonic, log }: AuthParts) {
  const url = URL.parse(text);
  if (url === null) throw new BadFile([`${text}: is not a URL`]);
  if (url.protocol !== 'https:' && !LOOPBACK.has(url.hostname)) {
    throw new BadFile([
      `${text}: must be an https: URL; whoever can change the keys can be anybody`,
    ]);
  }
  const onFailure = (err: unknown) =>
    log.error({ err, url: url.origin }, "the issuer's keys cannot be fetched");
  return remoteKeys(url, { monotonic, onFailure });
}
