/** What values a setting takes, and what a text makes of them. */
export interface ValueType<T> {
  /** The word in `--name <word>`; without one it is a switch, `--name` or `--no-name`. */
  readonly placeholder?: string;
  /** What is accepted, units and bounds included, in words that fit after "accepted:". */
  readonly accepted: string;
  /** The text as it may be shown, where it may hold what must not be. Default: as it is. */
  readonly show?: (text: string) => string;
  /** @throws {RangeError} whose message quotes the text and says what is accepted. */
  readonly parse: (text: string) => T;
}

/** One setting. Its names in the file, the environment and as a flag follow from its place in the table. */
export interface Setting<T> {
  readonly type: ValueType<T>;
  /** One line, for the help and the docs. */
  readonly help: string;
  /** As a user would write it. Without one the setting may be missing: its value is `undefined`. */
  readonly default?: string;
  /** What it means to be missing, for the help and the docs. */
  readonly absent?: string;
  /** Whether its value must never be printed. */
  readonly secret?: true;
}

/** Settings by name; a table inside is a mapping of that name in the file. */
export interface SettingsTable {
  readonly [name: string]: Setting<unknown> | SettingsTable;
}

/** What a table's settings are once they are read, by the same names. */
export type Values<T> = {
  readonly [Name in keyof T]: T[Name] extends Setting<infer V>
    ? T[Name] extends { readonly default: string }
      ? V
      : V | undefined
    : Values<T[Name]>;
};

/** A setting with all its names. */
export interface NamedSetting {
  readonly setting: Setting<unknown>;
  /** Its place in the table, such as `['tls', 'clientCa']`. */
  readonly names: readonly string[];
  /** In the file: `tls.client_ca`. */
  readonly path: string;
  /** `--tls-client-ca`. */
  readonly flag: string;
  /** `CATALOGD_TLS_CLIENT_CA`. */
  readonly env: string;
}

/** The settings of a table in its order. */
export function namedSettings(table: SettingsTable, outer: readonly string[] = []): NamedSetting[] {
  return Object.entries(table).flatMap(([name, entry]) => {
    const names = [...outer, name];
    if (!isSetting(entry)) return namedSettings(entry, names);
    const path = names.map(snakeCase).join('.');
    const flag = `--${path.replaceAll(/[._]/g, '-')}`;
    const env = `CATALOGD_${path.replaceAll('.', '_').toUpperCase()}`;
    return [{ setting: entry, names, path, flag, env }];
  });
}

function isSetting(entry: Setting<unknown> | SettingsTable): entry is Setting<unknown> {
  return typeof entry.help === 'string';
}

/** `drain_timeout` for `drainTimeoutMs`: who writes a duration writes its unit. */
function snakeCase(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
