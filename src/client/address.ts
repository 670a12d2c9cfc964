/** Where a service listens. */
export interface HostPort {
  /** A name or an IP address, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

const HOST_PORT = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:/@[\]]+)):(\d{1,5})$/;

/**
 * Reads `HOST:PORT`, an IPv6 address in brackets as in a URL (RFC 3986 section 3.2.2).
 *
 * @param lowestPort 0 where the system may choose the port, else 1.
 * @throws {RangeError} whose message names what is accepted.
 */
export function parseHostPort(text: string, lowestPort: 0 | 1): HostPort {
  const match = HOST_PORT.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < lowestPort || port > 65_535) {
    throw new RangeError(
      `${JSON.stringify(text)} is not HOST:PORT with a port of ${lowestPort} to 65535, ` +
        'for example 127.0.0.1:7070, localhost:7070 or [::1]:7070 (no scheme, no path)',
    );
  }
  return { host, port };
}

/** The inverse of {@link parseHostPort}. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether the host is this machine itself, by name or by address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
