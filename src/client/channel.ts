import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import { formatHostPort, type HostPort, isLoopback } from './address.ts';

/** How the service is to prove who it is, and this client to it. PEM throughout. */
export interface TlsOptions {
  /** Certificates of the authorities to trust. Default: those which Node trusts. */
  readonly ca?: string | Uint8Array;
  /** This client's certificate chain, for a service that asks for one. Together with `key`. */
  readonly cert?: string | Uint8Array;
  /** The key of `cert`. */
  readonly key?: string | Uint8Array;
  /** The name that the service's certificate must be for. Default: the host of the address. */
  readonly serverName?: string;
}

/** How long a connection with calls in flight may be silent before it is asked for a sign of life. */
const KEEPALIVE_TIME_MS = 10_000;
/** How long that sign may take before the connection counts as lost. */
const KEEPALIVE_TIMEOUT_MS = 10_000;

/**
 * One channel, which is one connection that all calls share (HTTP/2 multiplexes them). Opened by the
 * first call, reopened by the next one after it broke.
 *
 * @throws {RangeError} if a certificate comes without its key, or the other way round.
 */
export function openChannel(address: HostPort, tls: boolean | TlsOptions): Client {
  const serverName = typeof tls === 'object' ? tls.serverName : undefined;
  return new Client(formatHostPort(address), channelCredentials(tls), {
    // A retry policy out of DNS would repeat writes behind our back.
    'grpc.service_config_disable_resolution': 1,
    // A proxy cannot reach the loopback of this machine.
    'grpc.enable_http_proxy': isLoopback(address.host) ? 0 : 1,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    // While the channel backs off, calls fail at once: repeating one would not connect anew. So the
    // first pause is shorter than the default of 1 s, and the longest as the longest of a call.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5_000,
    ...(serverName !== undefined && { 'grpc.ssl_target_name_override': serverName }),
  });
}

function channelCredentials(tls: boolean | TlsOptions): ChannelCredentials {
  if (tls === false) return credentials.createInsecure();
  const { ca, cert, key } = tls === true ? {} : tls;
  if ((cert === undefined) !== (key === undefined)) {
    throw new RangeError(
      `tls.${cert === undefined ? 'key' : 'cert'} is given without tls.${cert === undefined ? 'cert' : 'key'}: give both or none`,
    );
  }
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}

function pem(text: string | Uint8Array | undefined): Buffer | null {
  if (text === undefined) return null;
  return typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
}
