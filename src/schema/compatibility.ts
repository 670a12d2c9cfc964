import { describeType } from './describe-type.ts';
import type { SchemaNode } from './schema-node.ts';
import { wideningOf } from './widening.ts';

/** One difference between two schemas. */
export interface SchemaChange {
  /** The names that lead to the field, separated by `.`. */
  readonly path: string;
  /** What has changed, in words, with both types. */
  readonly description: string;
  /** Whether readers of the new schema cannot read data of the old one for it. */
  readonly breaksBackward: boolean;
  /** Whether readers of the old schema cannot read data of the new one for it. */
  readonly breaksForward: boolean;
}

/**
 * How two schemas differ, in the order of the new one's fields, what was removed after them. Fields are
 * matched by name, as readers of Parquet resolve columns; docs/schema.md has the rules.
 *
 * @returns nothing if and only if the schemas are the same.
 */
export function schemaChanges(
  from: readonly SchemaNode[],
  to: readonly SchemaNode[],
): readonly SchemaChange[] {
  return changesOfFields(from, to, '');
}

function changesOfFields(
  from: readonly SchemaNode[],
  to: readonly SchemaNode[],
  path: string,
): SchemaChange[] {
  const old = new Map(keyed(from));
  const now = new Map(keyed(to));
  const kept = [...old.keys()].filter((key) => now.has(key));
  const places = new Map([...now.keys()].filter((key) => old.has(key)).map((key, i) => [key, i]));
  const changes: SchemaChange[] = [];
  for (const [key, node] of now) {
    const before = old.get(key);
    const at = path + node.name;
    if (before === undefined) {
      changes.push(added(node, at));
      continue;
    }
    changes.push(...changesOfField(before, node, at));
    if (kept[places.get(key) as number] !== key) {
      changes.push(change(at, 'is at another place among its neighbours', false, false));
    }
  }
  for (const [key, node] of old) {
    if (!now.has(key)) changes.push(removed(node, path + node.name));
  }
  return changes;
}

/** Fields by name, a repeated name by its occurrence. */
function* keyed(fields: readonly SchemaNode[]): Generator<[string, SchemaNode]> {
  const seen = new Map<string, number>();
  for (const field of fields) {
    const occurrence = seen.get(field.name) ?? 0;
    seen.set(field.name, occurrence + 1);
    yield [`${occurrence} ${field.name}`, field];
  }
}

function added(node: SchemaNode, path: string): SchemaChange {
  const description = `was added: ${describeType(node)}`;
  return change(path, description, node.repetition === 'REQUIRED', false);
}

function removed(node: SchemaNode, path: string): SchemaChange {
  const description = `was removed: ${describeType(node)}`;
  return change(path, description, false, node.repetition === 'REQUIRED');
}

function changesOfField(from: SchemaNode, to: SchemaNode, path: string): SchemaChange[] {
  const types = typeChange(from, to, path);
  const below = changesBelow(from, to, path);
  return [...(types === undefined ? [] : [types]), ...below];
}

function typeChange(from: SchemaNode, to: SchemaNode, path: string): SchemaChange | undefined {
  const [old, now] = [describeType(from), describeType(to)];
  if (old === now) return undefined;
  const description = `was ${old}, is ${now}`;
  const repeats = (from.repetition === 'REPEATED') !== (to.repetition === 'REPEATED');
  const narrower = from.repetition === 'OPTIONAL' && to.repetition === 'REQUIRED';
  const wider = from.repetition === 'REQUIRED' && to.repetition === 'OPTIONAL';
  const type = wideningOf(from, to);
  return change(
    path,
    description,
    repeats || narrower || type === 'narrower' || type === 'other',
    repeats || wider || type === 'wider' || type === 'other',
  );
}

function changesBelow(from: SchemaNode, to: SchemaNode, path: string): SchemaChange[] {
  const [old, now] = [from.children, to.children];
  // Where one of the two is no group the types say all.
  if (old === undefined || now === undefined) return [];
  const [a, b] = [old[0], now[0]];
  if (isContainer(from) && isContainer(to) && old.length === 1 && now.length === 1 && a && b) {
    return changesInside(a, b, `${path}.`);
  }
  return changesOfFields(old, now, `${path}.`);
}

function isContainer({ logicalType }: SchemaNode): boolean {
  return logicalType?.[0] === 'LIST' || logicalType?.[0] === 'MAP';
}

/**
 * The repeated group of a list or map, and the fields within: their names differ between writers
 * (LogicalTypes.md, "Lists" and "Maps"), and readers go by their place.
 */
function changesInside(from: SchemaNode, to: SchemaNode, path: string): SchemaChange[] {
  const [old, now] = [from.children, to.children];
  const changes: SchemaChange[] = [...renamed(from, to, path)];
  const types = typeChange(from, to, path + to.name);
  if (types !== undefined) changes.push(types);
  if (old === undefined || now === undefined || old.length !== now.length) {
    return old === undefined || now === undefined
      ? changes
      : [...changes, ...changesOfFields(old, now, `${path + to.name}.`)];
  }
  for (const [i, field] of now.entries()) {
    const before = old[i] as SchemaNode;
    const below = `${path + to.name}.`;
    changes.push(...renamed(before, field, below));
    changes.push(...changesOfField(before, field, below + field.name));
  }
  return changes;
}

function renamed(from: SchemaNode, to: SchemaNode, path: string): SchemaChange[] {
  if (from.name === to.name) return [];
  const description = `was called ${JSON.stringify(from.name)}`;
  return [change(path + to.name, description, false, false)];
}

function change(
  path: string,
  description: string,
  breaksBackward: boolean,
  breaksForward: boolean,
): SchemaChange {
  return { path, description, breaksBackward, breaksForward };
}
