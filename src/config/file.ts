import { readFile } from 'node:fs/promises';
import { type Document, isMap, LineCounter, parseDocument, type Scalar, visit } from 'yaml';
import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { nearest } from './nearest.ts';
import { type NamedSetting, namedSettings, type SettingsTable } from './setting.ts';
import type { Layer } from './sources.ts';

const SCALAR = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'has to be one value, neither a list nor a mapping',
});

/** What a file says, and what is wrong with its keys; its values are for others to check. */
export interface ConfigFile {
  readonly layer: Layer;
  /** One line each. */
  readonly problems: readonly string[];
}

/**
 * Reads a configuration file in YAML, or in JSON, which is YAML as well. A setting without a value, or
 * with `null`, counts as not set.
 *
 * @param table every setting that may stand in the file; another one is a problem.
 * @throws {ConfigError} if it cannot be read or is no YAML.
 */
export async function readConfigFile(file: string, table: SettingsTable): Promise<ConfigFile> {
  const lines = new LineCounter();
  const document = parseDocument(await contentOf(file), {
    lineCounter: lines,
    prettyErrors: false,
  });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(
        ({ pos, message }) => `${file}:${lines.linePos(pos[0]).line}: ${message}`,
      ),
    );
  }
  const where = (path: readonly string[]) => `${file}:${lineOf(document, path, lines)}`;
  const named = namedSettings(table);
  const content = resolved(document, file);
  const parsed = schemaOf(named).safeParse(content);
  const problems = (parsed.error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') {
      return [`${where(path)}: ${path.join('.') || 'the file'} ${issue.message}`];
    }
    return issue.keys.map((key) => {
      const unknown = [...path, key];
      return `${where(unknown)}: ${noSuchSetting(unknown.join('.'), named)}`;
    });
  });
  const layer: Layer = ({ path }) => {
    const keys = path.split('.');
    const value = keys.reduce<unknown>(
      (outer, key) => (isGroup(outer) ? outer[key] : null),
      content,
    );
    if (isGroup(value) || value === undefined || value === null || value === '') return undefined;
    return { text: String(value), origin: `${where(keys)}: ${path}` };
  };
  return { layer, problems };
}

/** @throws {ConfigError} if aliases have no anchor, or are so many that they can only be an attack. */
function resolved(document: Document, file: string): unknown {
  visit(document, { Scalar: asWritten });
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([`${file}: ${why}`], { cause });
  }
}

/**
 * A number is the text that it stands there as, which is what a flag or a variable would hold: an audience
 * of 18 digits would lose the last ones as a number, and 0042 its zeros.
 */
function asWritten(_: unknown, node: Scalar): void {
  if (typeof node.value === 'number') node.value = node.source ?? node.value;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([`the configuration file ${file} cannot be read: ${why}`], { cause });
  }
}

/** Mappings as the paths have them, which take no other keys. */
function schemaOf(named: readonly NamedSetting[], depth = 0): z.ZodType {
  const groups = Map.groupBy(named, ({ path }) => path.split('.')[depth] ?? '');
  const shape = [...groups].map(([key, members]): [string, z.ZodType] => {
    const isLeaf = members[0]?.path.split('.').length === depth + 1;
    return [key, isLeaf ? SCALAR.optional() : schemaOf(members, depth + 1).nullish()];
  });
  return z.strictObject(Object.fromEntries(shape), {
    error: (issue) => (issue.code === 'invalid_type' ? 'has to be a mapping' : undefined),
  });
}

function noSuchSetting(path: string, named: readonly NamedSetting[]): string {
  const paths = named.map((each) => each.path);
  if (paths.includes(path)) {
    const [group, name] = path.split('.');
    return `${path} is no key of a file; there it is a mapping, ${group}, with ${name} in it`;
  }
  const meant = nearest(path, paths);
  return `${path} is no setting; ${meant === undefined ? `there are: ${paths.join(', ')}` : `did you mean ${meant}?`}`;
}

/** The line of a key, or that of the deepest mapping above it. */
function lineOf(document: Document, path: readonly string[], lines: LineCounter): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const outer = document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(outer)
      ? outer.items.find(({ key }) => String(key) === path[depth - 1])
      : undefined;
    const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range;
    if (range !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
}
