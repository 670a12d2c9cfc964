import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `certificates/make.sh` has made: `NAME.pem`, and `NAME.key` for all but the authorities. */
export type CertificateName =
  | 'ca'
  | 'other-ca'
  | 'server'
  | 'renewed'
  | 'expired-server'
  | 'writer'
  | 'expired-writer'
  | 'stranger';

export function certificatePath(name: CertificateName, kind: 'pem' | 'key' = 'pem'): string {
  return fileURLToPath(new URL(`./certificates/${name}.${kind}`, import.meta.url));
}

/** An authority's certificate, in PEM. */
export function authority(name: 'ca' | 'other-ca' = 'ca'): Buffer {
  return readFileSync(certificatePath(name));
}

/** A certificate and its key, in PEM, as Node's TLS options take them. */
export function identity(name: Exclude<CertificateName, 'ca' | 'other-ca'>) {
  return {
    cert: readFileSync(certificatePath(name)),
    key: readFileSync(certificatePath(name, 'key')),
  };
}
