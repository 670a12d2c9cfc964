import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

/** The files with which the service proves who it is, and its clients to it. PEM throughout. */
export interface TlsFiles {
  /** The service's certificate, then those between it and its authority's. */
  readonly cert: string;
  /** The key of the first certificate in `cert`, without a passphrase. */
  readonly key: string;
  /** Certificates of the authorities whose clients are trusted; absent: no client is asked for one. */
  readonly clientCa?: string | undefined;
}

/** What the files hold, checked. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Absent where no client is asked for a certificate. */
  readonly ca: Buffer | undefined;
  /** Between which the service's certificate is valid. */
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** The files cannot be used. The message names the file, and is for the operator alone. */
export class TlsFileError extends Error {
  override name = 'TlsFileError';
}

/**
 * Reads the files and checks that they can serve: PEM, and a key that belongs to the certificate. That
 * the certificate is expired or not yet valid is no error, for a clock may be wrong.
 *
 * @throws {TlsFileError}
 */
export async function readTlsFiles(files: TlsFiles): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([
    read('certificate', files.cert),
    read('key', files.key),
    files.clientCa === undefined ? undefined : read("clients' authorities", files.clientCa),
  ]);
  const [own] = certificates('certificate', files.cert, cert);
  if (!own.checkPrivateKey(privateKey(files.key, key))) {
    throw new TlsFileError(
      `the TLS key ${quote(files.key)} is not that of the first certificate in ${quote(files.cert)}`,
    );
  }
  if (ca !== undefined) certificates("clients' authorities", files.clientCa ?? '', ca);
  try {
    createSecureContext({ cert, key, ca });
  } catch (cause) {
    // What OpenSSL demands beyond that, as a key of some length.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TlsFileError(`the TLS files ${quote(files.cert)} cannot be used: ${why}`, { cause });
  }
  return { cert, key, ca, validFrom: own.validFromDate, validTo: own.validToDate };
}

/** Whether both are made of the same bytes. */
export function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return (
    a.cert.equals(b.cert) &&
    a.key.equals(b.key) &&
    (a.ca === undefined || b.ca === undefined ? a.ca === b.ca : a.ca.equals(b.ca))
  );
}

async function read(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const why = READ_FAILURES[code] ?? `the system answered ${code}`;
    throw new TlsFileError(`cannot read the TLS ${what} ${quote(path)}: ${why}`, { cause });
  }
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function certificates(
  what: string,
  path: string,
  pem: Buffer,
): [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = pem.toString('latin1').match(PEM_CERTIFICATE) ?? [];
  if (first === undefined) {
    throw new TlsFileError(`the TLS ${what} ${quote(path)}: no certificate in PEM is in it`);
  }
  try {
    return [new X509Certificate(first), ...rest.map((each) => new X509Certificate(each))];
  } catch (cause) {
    throw new TlsFileError(`the TLS ${what} ${quote(path)}: a certificate in it is damaged`, {
      cause,
    });
  }
}

function privateKey(path: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Never the cause itself: who knows what of the key is in it.
    const locked = pem.includes('ENCRYPTED');
    const why = locked ? 'it has a passphrase; store it without one' : 'no private key in PEM';
    throw new TlsFileError(`the TLS key ${quote(path)}: ${why}`);
  }
}

function quote(path: string): string {
  return JSON.stringify(path);
}
