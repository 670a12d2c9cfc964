import { messageOf } from './message-of.ts';
import { UsageError } from './usage-error.ts';

/** A setting that comes by flag, by environment variable, or by default, in this order. */
export interface Setting<T> {
  readonly flag: string;
  readonly env: string;
  readonly default?: string;
  /** @throws {RangeError} whose message says what is wrong and what is accepted. */
  readonly parse: (text: string) => T;
}

/** Where the values come from. */
export interface Source {
  /** The flags which were given, by commander's name: `drainTimeout` for `--drain-timeout`. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The text of a setting and where it came from. An environment variable that is set to nothing counts
 * as not set.
 */
export function settingText(
  setting: Setting<unknown>,
  { flags, env }: Source,
): { text: string; origin: string } | undefined {
  const flag = flags[flagName(setting.flag)];
  if (typeof flag === 'string' || flag === true) {
    return { text: String(flag), origin: setting.flag };
  }
  const variable = env[setting.env];
  if (variable !== undefined && variable !== '') {
    return { text: variable, origin: setting.env };
  }
  return setting.default === undefined
    ? undefined
    : { text: setting.default, origin: setting.flag };
}

/**
 * The value of one setting.
 *
 * @throws {UsageError} that names the flag or variable, its value, and what is accepted.
 */
export function readSetting<T>(setting: Setting<T> & { default: string }, source: Source): T {
  const { text, origin } = settingText(setting, source) ?? {
    text: setting.default,
    origin: setting.flag,
  };
  try {
    return setting.parse(text);
  } catch (error) {
    throw new UsageError(`${origin}: ${messageOf(error)}`);
  }
}

/** `drainTimeout` for `--drain-timeout`. */
function flagName(flag: string): string {
  return flag.slice(2).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
