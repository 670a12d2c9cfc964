import { longestIncreasing } from './longest-increasing.ts';
import type { SchemaNode } from './schema-node.ts';

/** What has become of a field from one list of fields to another. */
export type FieldMatch =
  | { readonly kind: 'added'; readonly now: SchemaNode }
  | { readonly kind: 'removed'; readonly before: SchemaNode }
  | {
      readonly kind: 'kept';
      readonly before: SchemaNode;
      readonly now: SchemaNode;
      /** Its places, from 1, if it has changed its place among the others. */
      readonly moved?: { readonly from: number; readonly to: number };
    };

/**
 * Matches fields by name, as readers of Parquet find their columns; of one name the first with the
 * first, the second with the second.
 *
 * @returns in the order of `to`, what is removed behind its former neighbour. As few as possible are
 *   called moved: adding or removing a field moves none.
 */
export function matchFields(
  from: readonly SchemaNode[],
  to: readonly SchemaNode[],
): readonly FieldMatch[] {
  const keys = occurrences(from);
  const places = new Map(keys.map((key, i) => [key, i]));
  const origins = occurrences(to).map((key) => places.get(key));
  const stay = longestIncreasing(origins.filter((place) => place !== undefined));
  const removedAfter = removedFields(from, new Set(origins));
  const matches: FieldMatch[] = [...(removedAfter.get(-1) ?? [])];
  for (const [i, now] of to.entries()) {
    const place = origins[i];
    const before = place === undefined ? undefined : from[place];
    if (place === undefined || before === undefined) {
      matches.push({ kind: 'added', now });
      continue;
    }
    const moved = stay.has(place) ? {} : { moved: { from: place + 1, to: i + 1 } };
    matches.push({ kind: 'kept', before, now, ...moved }, ...(removedAfter.get(place) ?? []));
  }
  return matches;
}

/** One string per field that is the same in two lists if the name is, and its occurrence. */
function occurrences(fields: readonly SchemaNode[]): string[] {
  const seen = new Map<string, number>();
  return fields.map(({ name }) => {
    const occurrence = seen.get(name) ?? 0;
    seen.set(name, occurrence + 1);
    return `${occurrence} ${name}`;
  });
}

/** The fields that are not kept, by the place of the last kept one before them; -1 for none. */
function removedFields(
  from: readonly SchemaNode[],
  kept: ReadonlySet<number | undefined>,
): ReadonlyMap<number, FieldMatch[]> {
  const removed = new Map<number, FieldMatch[]>();
  let neighbour = -1;
  for (const [place, before] of from.entries()) {
    if (kept.has(place)) {
      neighbour = place;
      continue;
    }
    const match: FieldMatch = { kind: 'removed', before };
    const others = removed.get(neighbour);
    if (others === undefined) removed.set(neighbour, [match]);
    else others.push(match);
  }
  return removed;
}
