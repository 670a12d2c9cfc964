import { bearerToken } from './bearer.ts';
import { type Certificate, certificateIdentity } from './certificate.ts';
import { ANONYMOUS, type Identity } from './identity.ts';
import type { JwtVerifier } from './jwt.ts';
import { type Access, FULL_ACCESS, type Policy } from './policy.ts';
import { BadCredentials } from './refusal.ts';
import { type StaticTokens, TOKEN_PREFIX } from './static-tokens.ts';

/** What a caller shows of itself. Nothing else counts: no other header, no part of the URL. */
export interface Presented {
  /** The `authorization` header; several of them joined by commas. */
  readonly authorization: string | undefined;
  /** The certificate of the connection, if it was verified. */
  readonly certificate: Certificate | undefined;
}

/** What there is to tell callers by. Each part is optional, and several may be there at once. */
export interface GateParts {
  readonly tokens?: () => StaticTokens;
  readonly jwt?: () => JwtVerifier;
  /** Whether client certificates are asked for. */
  readonly certificates?: boolean;
  /** Without one, whoever has good credentials may do everything. */
  readonly policy?: () => Policy;
  /** The wall clock, in milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Tells who calls and what they may do. */
export class Gate {
  /** Asks for nothing and lets everybody do everything. */
  static readonly open = new Gate({ nowMs: () => 0 });

  readonly #parts: GateParts;
  readonly #byCertificate = new WeakMap<Certificate, Identity>();
  readonly #listeners = new Set<() => void>();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** Whether there is any way to tell callers apart: if not, whoever reaches the port is trusted. */
  get isConfigured(): boolean {
    const { tokens, jwt, certificates } = this.#parts;
    return tokens !== undefined || jwt !== undefined || certificates === true;
  }

  /** Whether it tells callers apart at all: if not, all of them are anonymous and may do everything. */
  get asks(): boolean {
    return this.isConfigured || this.#parts.policy !== undefined;
  }

  /**
   * Who calls. A bearer token, where there is one, decides alone; else the certificate; else the
   * caller is anonymous, if the policy grants that anything.
   *
   * @throws {BadCredentials} if credentials are not good, or missing where anonymous has no right.
   * @throws {AuthenticationUnavailable} if that cannot be found out now.
   */
  async identify({ authorization, certificate }: Presented): Promise<Identity> {
    const { tokens, jwt, policy, nowMs } = this.#parts;
    if (!this.asks) return ANONYMOUS;
    const token = bearerToken(authorization);
    if (token !== undefined) {
      if (token.startsWith(TOKEN_PREFIX) && tokens !== undefined) {
        return tokens().identify(token, nowMs());
      }
      if (jwt !== undefined) return jwt().identify(token);
      throw new BadCredentials('other', 'a bearer token of a kind that is not configured');
    }
    if (certificate !== undefined) return this.#ofCertificate(certificate);
    if (policy?.().accessOf(ANONYMOUS).describes === true) return ANONYMOUS;
    throw new BadCredentials('none', 'no credentials');
  }

  /** The wall clock, in milliseconds since 1970. */
  get nowMs(): () => number {
    return this.#parts.nowMs;
  }

  /** What a caller may do, now. */
  accessOf(identity: Identity): Access {
    return this.#parts.policy?.().accessOf(identity) ?? FULL_ACCESS;
  }

  /** Calls back whenever callers may do other things than before, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be called when the policy or the tokens have changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #ofCertificate(certificate: Certificate): Identity {
    const known = this.#byCertificate.get(certificate);
    if (known !== undefined) return known;
    const identity = certificateIdentity(certificate);
    this.#byCertificate.set(certificate, identity);
    return identity;
  }
}
