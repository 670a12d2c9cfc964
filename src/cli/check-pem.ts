import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ConfigError } from '../config/errors.ts';

/** What a command shows and trusts, as its files have it. */
export interface PemFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Checks that the files are what their flags are for. TLS itself takes an authority's file without any
 * certificate for one that trusts nobody, and of the others says "PEM routines::no start line".
 *
 * @throws {ConfigError} that names the flag, and nothing of what is in the file.
 */
export function checkPem({ ca, cert, key }: PemFiles): void {
  if (ca !== undefined) certificateOf('--tls-ca', ca);
  if (cert === undefined || key === undefined) return;
  if (!certificateOf('--tls-cert', cert).checkPrivateKey(privateKeyOf(key))) {
    throw new ConfigError(['--tls-key: is not the key of the first certificate of --tls-cert']);
  }
}

function certificateOf(flag: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ConfigError([`${flag}: the file has no certificate in PEM, or a damaged one`]);
  }
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ConfigError(['--tls-key: the file has no key in PEM without a passphrase']);
  }
}
