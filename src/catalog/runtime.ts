import type { Micros } from '../manifest/manifest.ts';

/** All that the catalog has from outside besides its store: passed in, so that tests decide it. */
export interface Runtime {
  /** The wall clock, in microseconds since 1970. Never trusted for order. */
  now(): Micros;
  /** A clock that never goes back, in milliseconds since some moment. */
  monotonic(): number;
  /** A random UUID (RFC 9562, version 4). */
  uuid(): string;
  /** A random number in [0, 1). */
  random(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What the catalog tells its operator. The pino logger of the process fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
