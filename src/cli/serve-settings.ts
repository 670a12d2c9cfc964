import { z } from 'zod';
import { parseHostPort } from '../client/address.ts';
import { parseDuration } from './duration.ts';
import { messageOf } from './message-of.ts';
import { type Setting, type Source, settingText } from './settings.ts';
import { DATA_ROOT, EXCLUSIVE, parseSwitch, STORE } from './store-settings.ts';
import { UsageError } from './usage-error.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/**
 * What can be set. Other variables that begin with CATALOGD_ are not refused: Kubernetes puts some into
 * every pod next to a service named catalogd, such as CATALOGD_PORT and CATALOGD_SERVICE_HOST.
 */
const SETTINGS = {
  store: STORE,
  listen: {
    flag: '--listen',
    env: 'CATALOGD_LISTEN',
    default: '127.0.0.1:7070',
    parse: (text: string) => parseHostPort(text, 0),
  },
  dataRoot: DATA_ROOT,
  exclusive: EXCLUSIVE,
  quarantine: {
    flag: '--quarantine',
    env: 'CATALOGD_QUARANTINE',
    default: 'false',
    parse: parseSwitch,
  },
  refreshIntervalMs: {
    flag: '--refresh-interval',
    env: 'CATALOGD_REFRESH_INTERVAL',
    default: '2s',
    parse: parseDuration,
  },
  tombstoneRetentionMs: {
    flag: '--tombstone-retention',
    env: 'CATALOGD_TOMBSTONE_RETENTION',
    parse: (text: string) => parseDuration(text, 3_650),
  },
  drainTimeoutMs: {
    flag: '--drain-timeout',
    env: 'CATALOGD_DRAIN_TIMEOUT',
    default: '10s',
    parse: parseDuration,
  },
  startTimeoutMs: {
    flag: '--start-timeout',
    env: 'CATALOGD_START_TIMEOUT',
    default: '5m',
    parse: parseDuration,
  },
  logLevel: {
    flag: '--log-level',
    env: 'CATALOGD_LOG_LEVEL',
    default: 'info',
    parse: parseLogLevel,
  },
} satisfies Record<string, Setting<unknown>>;

type Name = keyof typeof SETTINGS;

const SCHEMA = z.object({
  store: field(SETTINGS.store.parse),
  listen: field(SETTINGS.listen.parse),
  dataRoot: field(SETTINGS.dataRoot.parse).optional(),
  exclusive: field(SETTINGS.exclusive.parse),
  quarantine: field(SETTINGS.quarantine.parse),
  refreshIntervalMs: field(SETTINGS.refreshIntervalMs.parse),
  tombstoneRetentionMs: field(SETTINGS.tombstoneRetentionMs.parse).optional(),
  drainTimeoutMs: field(SETTINGS.drainTimeoutMs.parse),
  startTimeoutMs: field(SETTINGS.startTimeoutMs.parse),
  logLevel: field(SETTINGS.logLevel.parse),
} satisfies Record<Name, unknown>);

/** The settings of `catalogd serve`, checked. */
export type ServeSettings = z.output<typeof SCHEMA>;

/**
 * Reads the settings of `catalogd serve`, each from its flag, else from its environment variable, else
 * the default.
 *
 * @throws {UsageError} with one line for each wrong setting: the flag or variable, its value, and what
 *   is accepted.
 */
export function readServeSettings(source: Source): ServeSettings {
  const texts = Object.entries<Setting<unknown>>(SETTINGS).flatMap(([name, setting]) => {
    const found = settingText(setting, source);
    return found === undefined ? [] : [{ name, ...found }];
  });
  const result = SCHEMA.safeParse(Object.fromEntries(texts.map(({ name, text }) => [name, text])));
  if (!result.success) {
    const origin = new Map<PropertyKey, string>(texts.map(({ name, origin }) => [name, origin]));
    throw new UsageError(
      ...result.error.issues.map(
        ({ path, message }) => `${origin.get(path[0] ?? '') ?? path.join('.')}: ${message}`,
      ),
    );
  }
  return result.data;
}

/** Makes a parser that throws one that zod knows how to collect from. */
function field<T>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });
}

function parseLogLevel(text: string): (typeof LOG_LEVELS)[number] {
  const level = LOG_LEVELS.find((each) => each === text);
  if (level === undefined) {
    throw new RangeError(
      `${JSON.stringify(text)} is not a log level; accepted: ${LOG_LEVELS.join(', ')}`,
    );
  }
  return level;
}
