import { type Identity, identified, principal } from './identity.ts';

/** Whom a client's certificate is for, once its chain to a trusted authority has been verified. */
export interface Certificate {
  /** The common name of its subject; empty where it has none. */
  readonly subject: string;
  /** Its subject alternative names, each with its kind: `DNS:a.example`, `URI:spiffe://...`. */
  readonly names: readonly string[];
}

/** Who a verified certificate says the caller is. */
export function certificateIdentity({ subject, names }: Certificate): Identity {
  return identified(`cert:${subject || (names[0] ?? '')}`, [
    ...(subject === '' ? [] : [principal('certificate_cn', subject)]),
    ...names.map((name) => principal('certificate_san', canonicalSan(name))),
  ]);
}

/**
 * One spelling of a name: the kind is as {@link Certificate} has it, whatever its case, and `IP Address` as
 * openssl prints it is `IP`. Host names are compared without case (RFC 4343), all else as it stands.
 */
export function canonicalSan(name: string): string {
  const at = name.indexOf(':');
  const [kind, rest] = [name.slice(0, at).toLowerCase(), name.slice(at)];
  if (kind === 'dns') return `DNS${rest.toLowerCase()}`;
  if (kind === 'uri') return `URI${rest}`;
  return kind === 'ip' || kind === 'ip address' ? `IP${rest}` : name;
}
