import { contentsOf, type ListContents, type MapContents } from './containers.ts';
import { describeType } from './describe-type.ts';
import { matchFields } from './match-fields.ts';
import { sameField } from './same-field.ts';
import type { SchemaNode } from './schema-node.ts';
import { wideningOf } from './widening.ts';

/** One difference between two schemas. */
export interface SchemaChange {
  /** The names that lead to the field, separated by `.`; of a field with two names the new one. */
  readonly path: string;
  /** What has changed, in words, with both types. */
  readonly description: string;
  /** Whether readers of the new schema cannot read data of the old one for it. */
  readonly breaksBackward: boolean;
  /** Whether readers of the old schema cannot read data of the new one for it. */
  readonly breaksForward: boolean;
}

/**
 * How two schemas differ, in the order of the new one's fields, what was removed at its old place. The
 * rules and their reasons are in docs/schema.md.
 *
 * @returns nothing if and only if the two have the same canonical form.
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
  parent: string,
): SchemaChange[] {
  return matchFields(from, to).flatMap((match) => {
    if (match.kind === 'added') return [added(match.now, parent)];
    if (match.kind === 'removed') return [removed(match.before, parent)];
    const { before, now, moved } = match;
    const changes = changesOfField(before, now, parent);
    if (moved === undefined) return changes;
    const place = `moved from place ${moved.from} to place ${moved.to}`;
    return [harmless(parent + now.name, place), ...changes];
  });
}

function changesOfField(from: SchemaNode, to: SchemaNode, parent: string): SchemaChange[] {
  const path = parent + to.name;
  const changes = changesOfType(from, to, path);
  // Where one of the two is no group, their types differ, which says all.
  if (from.children === undefined || to.children === undefined) return changes;
  const [old, now] = [contentsOf(from), contentsOf(to)];
  if (old?.kind === 'LIST' && now?.kind === 'LIST') {
    return [...changes, ...changesOfList(old, now, `${path}.`)];
  }
  if (old?.kind === 'MAP' && now?.kind === 'MAP') {
    return [...changes, ...changesOfMap(old, now, `${path}.`)];
  }
  return [...changes, ...changesOfFields(from.children, to.children, `${path}.`)];
}

function changesOfList(from: ListContents, to: ListContents, parent: string): SchemaChange[] {
  const path = parent + to.repeated.name;
  const inside = to.levels === 3 ? `${path}.` : parent;
  if (from.levels !== to.levels) {
    const levels = `was a list of ${from.levels} levels, is one of ${to.levels}`;
    return [harmless(path, levels), ...changesOfField(from.element, to.element, inside)];
  }
  const ofGroup = to.levels === 3 ? changesOfPart(from.repeated, to.repeated, parent) : [];
  return [...ofGroup, ...changesOfRenamed(from.element, to.element, inside)];
}

function changesOfMap(from: MapContents, to: MapContents, parent: string): SchemaChange[] {
  const inside = `${parent + to.repeated.name}.`;
  const changes = [
    ...changesOfPart(from.repeated, to.repeated, parent),
    ...changesOfRenamed(from.key, to.key, inside),
  ];
  if (from.value && to.value) changes.push(...changesOfRenamed(from.value, to.value, inside));
  else if (to.value) changes.push(added(to.value, inside));
  else if (from.value) changes.push(removed(from.value, inside));
  return changes;
}

/** Of the group that is repeated in a list or a map: all but what is in it. */
function changesOfPart(from: SchemaNode, to: SchemaNode, parent: string): SchemaChange[] {
  return [...renamed(from, to, parent), ...changesOfType(from, to, parent + to.name)];
}

function changesOfRenamed(from: SchemaNode, to: SchemaNode, parent: string): SchemaChange[] {
  return [...renamed(from, to, parent), ...changesOfField(from, to, parent)];
}

function renamed(from: SchemaNode, to: SchemaNode, parent: string): SchemaChange[] {
  if (from.name === to.name) return [];
  const name = `was called ${JSON.stringify(from.name)}, which is the same to readers of lists and maps`;
  return [harmless(parent + to.name, name)];
}

function added(node: SchemaNode, parent: string): SchemaChange {
  const breaksBackward = node.repetition === 'REQUIRED';
  const description = `was added: ${describeType(node)}`;
  return { path: parent + node.name, description, breaksBackward, breaksForward: false };
}

function removed(node: SchemaNode, parent: string): SchemaChange {
  const breaksForward = node.repetition === 'REQUIRED';
  const description = `was removed: ${describeType(node)}`;
  return { path: parent + node.name, description, breaksBackward: false, breaksForward };
}

function changesOfType(from: SchemaNode, to: SchemaNode, path: string): SchemaChange[] {
  if (sameField(from, to)) return [];
  const type = wideningOf(from, to);
  const description = `was ${describeType(from)}, is ${describeType(to)}`;
  const both =
    type === 'other' || (from.repetition === 'REPEATED') !== (to.repetition === 'REPEATED');
  const fewer = from.repetition === 'OPTIONAL' && to.repetition === 'REQUIRED';
  const more = from.repetition === 'REQUIRED' && to.repetition === 'OPTIONAL';
  const breaksBackward = both || fewer || type === 'narrower';
  const breaksForward = both || more || type === 'wider';
  return [{ path, description, breaksBackward, breaksForward }];
}

function harmless(path: string, description: string): SchemaChange {
  return { path, description, breaksBackward: false, breaksForward: false };
}
