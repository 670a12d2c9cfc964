import type { NamedSetting } from './setting.ts';

/** What the command line and the environment say. */
export interface Sources {
  /** The flags which were given, by commander's name: `drainTimeout` for `--drain-timeout`. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The text of a setting, and where it stands: `--listen`, `CATALOGD_LISTEN`, `catalogd.yaml:3: listen`. */
export interface Given {
  readonly text: string;
  readonly origin: string;
}

/** Looks up one setting in one place. */
export type Layer = (named: NamedSetting) => Given | undefined;

export function flagLayer(flags: Sources['flags']): Layer {
  return ({ flag }) => {
    const value = flags[commanderName(flag)];
    if (typeof value === 'string' || value === true) return { text: String(value), origin: flag };
    return value === false ? { text: 'false', origin: flag.replace('--', '--no-') } : undefined;
  };
}

/**
 * A variable that is set to nothing counts as not set. Others that begin with CATALOGD_ are not refused:
 * Kubernetes puts some into every pod next to a service named catalogd, such as CATALOGD_PORT and
 * CATALOGD_SERVICE_HOST.
 */
export function envLayer(variables: Sources['env']): Layer {
  return ({ env }) => {
    const text = variables[env];
    return text === undefined || text === '' ? undefined : { text, origin: env };
  };
}

export const defaultLayer: Layer = ({ setting }) =>
  setting.default === undefined ? undefined : { text: setting.default, origin: 'default' };

/** `drainTimeout` for `--drain-timeout`. */
function commanderName(flag: string): string {
  return flag.slice(2).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
