import { ConfigError } from './errors.ts';
import { type NamedSetting, namedSettings, type SettingsTable, type Values } from './setting.ts';
import { SETTINGS } from './settings.ts';
import {
  defaultLayer,
  envLayer,
  flagLayer,
  type Given,
  type Layer,
  type Sources,
} from './sources.ts';

/** Where the file of the service's settings is named; the one thing that cannot stand in it. */
export const CONFIG_FILE = {
  flag: '--config',
  env: 'CATALOGD_CONFIG',
  help: 'a file of settings in YAML or JSON; variables prevail over it, and flags over those',
} as const;

/** A setting, its value, and where that came from. */
export interface Effective {
  readonly named: NamedSetting;
  /** Absent if it is not set and has no default. */
  readonly given: Given | undefined;
  readonly value: unknown;
}

/**
 * The file that `--config` or CATALOGD_CONFIG names, if one does.
 *
 * @throws {ConfigError} if the flag names none: a service would start with its defaults, and without
 *   the authentication that the file was to bring.
 */
export function configFileOf({ flags, env }: Sources): string | undefined {
  const file = flags.config ?? env[CONFIG_FILE.env];
  if (flags.config === '') {
    throw new ConfigError([`${CONFIG_FILE.flag}: must not be empty; leave it out to do without`]);
  }
  return typeof file === 'string' && file !== '' ? file : undefined;
}

/**
 * Reads settings of the service, each from its flag, else from its environment variable, else from the
 * file, else its default. What a later one overrides is not looked at.
 *
 * @param table {@link SETTINGS}, or some of them. The file may hold all of them anyway.
 * @throws {ConfigError} that names every wrong setting.
 */
export async function effectiveSettings(
  table: SettingsTable,
  sources: Sources,
): Promise<readonly Effective[]> {
  const file = configFileOf(sources);
  // Loaded only now: the YAML parser and zod are for those who have a file.
  const { layer, problems } =
    file === undefined ? NO_FILE : await (await import('./file.ts')).readConfigFile(file, SETTINGS);
  return resolve(table, [...layersOf(sources), layer], problems);
}

/** The same as values, by their names in the table. */
export async function readSettings<const T extends SettingsTable>(
  table: T,
  sources: Sources,
): Promise<Values<T>> {
  return valuesOf<T>(await effectiveSettings(table, sources));
}

/**
 * Reads settings that no file holds, such as those of a client.
 *
 * @throws {ConfigError} that names every wrong setting.
 */
export function readFlags<const T extends SettingsTable>(table: T, sources: Sources): Values<T> {
  return valuesOf<T>(resolve(table, layersOf(sources)));
}

const NO_FILE: { readonly layer: Layer; readonly problems: readonly string[] } = {
  layer: () => undefined,
  problems: [],
};

function layersOf({ flags, env }: Sources): readonly Layer[] {
  return [flagLayer(flags), envLayer(env)];
}

function resolve(
  table: SettingsTable,
  layers: readonly Layer[],
  earlier: readonly string[] = [],
): readonly Effective[] {
  const problems = [...earlier];
  const effective = namedSettings(table).map((named): Effective => {
    let given: Given | undefined;
    for (const layer of [...layers, defaultLayer]) given ??= layer(named);
    if (given === undefined) return { named, given, value: undefined };
    try {
      return { named, given, value: named.setting.type.parse(given.text) };
    } catch (error) {
      problems.push(problemOf(named, given, error));
      return { named, given, value: undefined };
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return effective;
}

/** What is wrong with a value. Of a secret one it says only what would be accepted. */
function problemOf({ setting }: NamedSetting, { origin }: Given, error: unknown): string {
  const { secret, type } = setting;
  if (secret)
    return `${origin}: the value, which is secret, is not accepted; accepted: ${type.accepted}`;
  return `${origin}: ${error instanceof Error ? error.message : String(error)}`;
}

function valuesOf<T>(effective: readonly Effective[]): Values<T> {
  const values: Record<string, unknown> = {};
  for (const { named, value } of effective) {
    let group = values;
    for (const name of named.names.slice(0, -1)) {
      group[name] ??= {};
      group = group[name] as Record<string, unknown>;
    }
    group[named.names.at(-1) ?? ''] = value;
  }
  return values as Values<T>;
}
