import type { AuthSettings } from '../auth/open.ts';
import type { CatalogdLimits } from './catalogd-limits.ts';
import type { Log } from './log.ts';
import type { TlsFiles } from './tls-files.ts';
import type { ClientAuth } from './tls-server.ts';
import type { Tracing } from './tracing/tracing.ts';

/** Everything there is to decide about a catalogd. */
export interface CatalogdOptions {
  /** How callers are told apart, and what they may do. Default: everybody may do everything. */
  readonly auth?: AuthSettings;
  /** URL of the store: `file:DIR`, `s3://bucket/prefix?...` or `memory:`. */
  readonly store: string;
  /** Where to listen; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** TLS on that port; absent: plain text. */
  readonly tls?: (TlsFiles & { readonly clientAuth: ClientAuth }) | undefined;
  /** Whether to listen beyond loopback even without TLS and authentication. Default false. */
  readonly insecure?: boolean;
  /** A port of their own for the probes and metrics; absent: they are on the port above. */
  readonly adminListen?: { readonly host: string; readonly port: number } | undefined;
  /** Whether that one may be beyond loopback. Default false. */
  readonly adminInsecure?: boolean;
  /** The absolute URI that relative keys of data objects are resolved against. */
  readonly dataRoot?: string | undefined;
  /**
   * Whether this is the only replica on a store whose conditions are not to be relied on. Without
   * effect on stores that lock others out by themselves.
   */
  readonly exclusive: boolean;
  /**
   * Whether to serve what can be read where some manifests cannot: calls on their names fail, and
   * listings name them as unreadable. Default false: not to serve at all.
   */
  readonly quarantine?: boolean;
  /** Whether plain unary gRPC calls take the fast lane. Default true. */
  readonly fastLane?: boolean;
  /** The pause between two refreshes of the index from a shared store, in milliseconds. */
  readonly refreshIntervalMs: number;
  /** How long deleted datasets can be undeleted, in milliseconds; absent: until they are purged. */
  readonly tombstoneRetentionMs?: number | undefined;
  /**
   * How long the end waits before it begins, in milliseconds; default 0. Meanwhile all is served, and the
   * probes say not ready, so that load balancers stop sending calls. Without effect before it was ready.
   */
  readonly shutdownDelayMs?: number;
  /** The pause between two looks whether a checkpoint is due, in milliseconds; absent: none is written. */
  readonly checkpointIntervalMs?: number | undefined;
  /** How long calls in flight may take to finish at the end, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** How long passing faults of the store are retried while the catalog loads, in milliseconds. */
  readonly startTimeoutMs: number;
  /**
   * After how long without the store the process is not ready any more, in milliseconds. Default
   * 30,000.
   */
  readonly unreadyAfterMs?: number;
  /** The share of calls, from 0 to 1, that are logged though nobody has to look at them. Default 0. */
  readonly accessLog?: number;
  /** The audit log: the path of a file, or `-` for the standard output; absent: none. */
  readonly auditLog?: string | undefined;
  /** What makes spans; absent: none are made. */
  readonly tracing?: Tracing | undefined;
  /** The version that the metrics show. Default: none. */
  readonly version?: string;
  /** What callers may take. Default: that of each. */
  readonly limits?: Partial<CatalogdLimits>;
  readonly log: Log;
}
