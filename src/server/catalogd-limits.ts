import { WRITE_LIMITS } from '../catalog/write-limits.ts';
import type { CallLimits } from '../rpc/call-limiter.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';

/** What callers may take of a catalogd; docs/limits.md has the whole table. Times in milliseconds. */
export interface CatalogdLimits extends CallLimits, Omit<ServerLimits, 'readMaxBytes'> {
  /** Bytes of one request message, after decompression. */
  readonly maxRequestBytes: number;
  /** The deadline of unary calls that set none. */
  readonly defaultTimeoutMs: number;
  /** Writes that are under way or waiting, of all names together. */
  readonly maxWrites: number;
  /** Writes of one name that are under way or waiting. */
  readonly maxWritesPerName: number;
  /** Datasets being written at the store at once; further writes wait. */
  readonly maxPuts: number;
  /** Streams of changes. */
  readonly maxWatchers: number;
}

/** The limits by the part that keeps them, what is absent by default. */
export function limitsOf({ maxRequestBytes, ...limits }: Partial<CatalogdLimits> = {}) {
  const {
    defaultTimeoutMs = 60_000,
    maxWrites: maxWaiting = WRITE_LIMITS.maxWaiting,
    maxWritesPerName: maxWaitingOfName = WRITE_LIMITS.maxWaitingOfName,
    maxPuts: maxInFlight = WRITE_LIMITS.maxInFlight,
    maxWatchers = 1_000,
  } = limits;
  const server: ServerLimits = {
    ...DEFAULT_LIMITS,
    ...limits,
    readMaxBytes: maxRequestBytes ?? DEFAULT_LIMITS.readMaxBytes,
  };
  const writes = { maxWaiting, maxWaitingOfName, maxInFlight };
  return { server, calls: limits, defaultTimeoutMs, writes, maxWatchers };
}
