import { ConfigError } from './errors.ts';
import type { ServeSettings } from './settings.ts';

type TlsSettings = ServeSettings['tls'];

/**
 * The TLS settings as a whole; `undefined` for plain text.
 *
 * @throws {ConfigError} if one is set without the other that it needs.
 */
export function tlsOf({ cert, key, ...client }: TlsSettings) {
  if (cert !== undefined && key !== undefined) return { cert, key, ...client };
  const [has, lacks] = cert === undefined ? ['tls.key', 'tls.cert'] : ['tls.cert', 'tls.key'];
  if (cert !== undefined || key !== undefined) {
    throw new ConfigError([`${has} is set without ${lacks}: TLS needs both`]);
  }
  if (client.clientCa !== undefined) {
    throw new ConfigError(['tls.client_ca is set without tls.cert and tls.key: that needs TLS']);
  }
  return undefined;
}
