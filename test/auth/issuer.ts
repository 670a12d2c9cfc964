import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** Whom the tokens of {@link Issuer} are from and for, unless told otherwise. */
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'catalogd';

/** Signs tokens as an identity provider does. */
export class Issuer {
  readonly privateKey: CryptoKey;
  /** Its public key, as the key set has it. */
  readonly jwk: JWK;
  readonly #alg: string;

  private constructor(privateKey: CryptoKey, jwk: JWK, alg: string) {
    this.privateKey = privateKey;
    this.jwk = jwk;
    this.#alg = alg;
  }

  static async create(kid = 'key-1', alg = 'ES256'): Promise<Issuer> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    return new Issuer(privateKey, { ...(await exportJWK(publicKey)), kid, alg }, alg);
  }

  /** The key set as JSON. */
  get jwks(): string {
    return JSON.stringify({ keys: [this.jwk] });
  }

  /**
   * A token that is valid from now on for five minutes.
   *
   * @param claims what differs; undefined leaves a claim out.
   */
  sign(
    nowMs: number,
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const now = Math.floor(nowMs / 1_000);
    const all = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 300, ...claims };
    return new SignJWT(JSON.parse(JSON.stringify(all)))
      .setProtectedHeader({ alg: this.#alg, kid: this.jwk.kid ?? '', ...header })
      .sign(this.privateKey);
  }
}

/** A JWT put together by hand. */
export function rawJwt(header: unknown, payload: unknown, signature: Uint8Array | string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${Buffer.from(signature).toString('base64url')}`;
}
