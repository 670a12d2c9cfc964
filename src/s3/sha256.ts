import { createHash, createHmac, createSecretKey, type Hash, type KeyObject } from 'node:crypto';

type Secret = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256 and HMAC for the SDK's signer. The SDK's own makes a key for OpenSSL anew for each HMAC and
 * copies each hash before it ends it: a tenth of a put.
 */
export class Sha256 {
  readonly digestLength = 32;
  readonly #key: KeyObject | undefined;
  #hash: Hash;

  /** @param secret makes it an HMAC (RFC 2104). */
  constructor(secret?: Secret) {
    this.#key = secret === undefined ? undefined : keyOf(secret);
    this.#hash = this.#begun();
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** Ends the hash: no `update` may follow but after {@link reset}. */
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begun();
  }

  #begun(): Hash {
    // An Hmac has the same methods, and is no Hash to TypeScript.
    return this.#key === undefined
      ? createHash('sha256')
      : (createHmac('sha256', this.#key) as unknown as Hash);
  }
}

/** The signer hands in the same array for as long as a signing key is good: a day. */
const keys = new WeakMap<object, KeyObject>();
/** The latest secret that was a string: that of the credentials. */
let latest: { readonly secret: string; readonly key: KeyObject } | undefined;

function keyOf(secret: Secret): KeyObject {
  if (typeof secret === 'string') {
    if (latest?.secret !== secret) latest = { secret, key: createSecretKey(secret, 'utf8') };
    return latest.key;
  }
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const bytes = ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
  const key = createSecretKey(bytes);
  keys.set(secret, key);
  return key;
}
