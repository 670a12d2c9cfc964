import type { Runtime } from '../../catalog/runtime.ts';
import type { Log, LogMethod } from '../log.ts';

/** How a {@link limitedLog} limits. */
export interface LogLimits {
  readonly runtime: Pick<Runtime, 'monotonic' | 'sleep'>;
  /** Lines of one kind within one window. Default 10. */
  readonly burst?: number;
  /** Length of a window, in milliseconds. Default 10,000. */
  readonly windowMs?: number;
  /** Told of each line that is left out. */
  readonly suppressed: () => void;
  /** Ends the wait for the end of a window, so that what was left out is told before the process ends. */
  readonly ending: AbortSignal;
}

/** Lines of one kind. */
interface Kind {
  since: number;
  written: number;
  left: number;
}

/** Kinds that are kept apart; there are far fewer, unless a message is made up of changing parts. */
const MAX_KINDS = 1_000;

/**
 * A log that does not drown: of one kind of line, which is its level, message, method, code and
 * reason, it writes the first few in each window of time and counts the rest. When the window ends,
 * one line says how many were left out. A store that fails must not fill the disk.
 */
export function limitedLog(log: Log, limits: LogLimits): Log {
  const { runtime, burst = 10, windowMs = 10_000, suppressed, ending } = limits;
  const kinds = new Map<string, Kind>();

  const limited = (level: 'info' | 'warn' | 'error'): LogMethod => {
    return (fields, message) => {
      const { rpc = '', code = '', reason = '' } = fields;
      const key = `${level} ${message} ${rpc} ${code} ${reason}`;
      const now = runtime.monotonic();
      let kind = kinds.get(key);
      if (kind === undefined || now - kind.since >= windowMs) {
        if (kinds.size >= MAX_KINDS) kinds.clear();
        kind = { since: now, written: 0, left: 0 };
        kinds.set(key, kind);
      }
      // At the end there is no later line that could tell of it, and no more than what is in flight comes.
      if (kind.written < burst || ending.aborted) {
        kind.written += 1;
        log[level](fields, message);
        return;
      }
      kind.left += 1;
      suppressed();
      if (kind.left === 1) void tellAtEnd(kind, level, { rpc, code, reason }, message);
    };
  };

  const tellAtEnd = async (
    kind: Kind,
    level: 'info' | 'warn' | 'error',
    fields: Record<string, unknown>,
    message: string,
  ) => {
    await runtime.sleep(Math.max(0, kind.since + windowMs - runtime.monotonic()), ending);
    const said = Object.entries(fields).filter(([, value]) => value !== '');
    log[level](
      { ...Object.fromEntries(said), suppressed: kind.left },
      `more lines of this kind were left out: ${message}`,
    );
  };

  return {
    debug: (fields, message) => log.debug(fields, message),
    info: limited('info'),
    warn: limited('warn'),
    error: limited('error'),
  };
}
