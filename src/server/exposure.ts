import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';

/** What is about to be listened on, and how it is guarded. */
export interface Exposure {
  /** The host as it was given: a name or an address. */
  readonly host: string;
  /** All addresses that it stands for. */
  readonly addresses: readonly string[];
  /** Whether the port is for TLS. */
  readonly tls: boolean;
  /** Whether callers have to prove who they are. */
  readonly auth: boolean;
  /** Whether somebody has said that it may be without. */
  readonly insecure: boolean;
}

/** Whoever reaches the port could read or change the catalog. The message is for the operator. */
export class ExposureError extends Error {
  override name = 'ExposureError';
}

/** The addresses of this machine that no other reaches: RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** Whether no other machine reaches an IP address. The unspecified ones stand for all of a machine's. */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Refuses to listen where other machines may reach it without TLS and authentication, unless somebody
 * has said so. A name is loopback if all of its addresses are.
 *
 * @throws {ExposureError} that says what is missing and how to get it.
 */
export function refuseExposure({ host, addresses, tls, auth, insecure }: Exposure): void {
  const reached = addresses.find((address) => !isLoopbackAddress(address));
  if (insecure || (tls && auth) || reached === undefined) return;
  const missing = [
    ...(tls ? [] : ['TLS (--tls-cert, --tls-key)']),
    ...(auth ? [] : ['authentication']),
  ].join(' and ');
  throw new ExposureError(
    `${shown(host, reached)} can be reached from other machines, and there is no ${missing}: set it up, or listen on loopback, such as 127.0.0.1, or say --insecure if whoever reaches it may do anything`,
  );
}

/**
 * The same for the port of the probes and metrics, which has neither TLS nor authentication: it shows
 * how busy the service is, and nothing of what the catalog holds.
 *
 * @throws {ExposureError} that says how to get it.
 */
export function refuseAdminExposure({
  host,
  addresses,
  insecure,
}: Pick<Exposure, 'host' | 'addresses' | 'insecure'>): void {
  const reached = addresses.find((address) => !isLoopbackAddress(address));
  if (insecure || reached === undefined) return;
  throw new ExposureError(
    `${shown(host, reached)} can be reached from other machines, and probes and metrics are in plain text and for everybody there: listen on loopback, such as 127.0.0.1, or say --admin-insecure if whoever reaches it may see them`,
  );
}

function shown(host: string, address: string): string {
  return host === address ? host : `${host} (${address})`;
}

/**
 * All addresses of a host; of one that is not known none, which listening on it will tell.
 */
export async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
