import type { SchemaElement } from 'hyparquet';
import { describeType } from '../schema/describe-type.ts';
import { sameField } from '../schema/same-field.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { schemaTree } from './schema-tree.ts';

/**
 * Says in words where a schema first departs from the expected one, in the order of the columns.
 * Only what counts for the fingerprint counts here: there is a difference if and only if the
 * fingerprints differ.
 *
 * @returns for example `column "delay" is OPTIONAL INT64, expected OPTIONAL INT32`; `undefined` if
 *   there is no difference.
 * @throws {InvalidSchemaError} if one of the two is no schema.
 */
export function firstDifference(
  expected: readonly SchemaElement[],
  actual: readonly SchemaElement[],
): string | undefined {
  return differenceOfLists(schemaTree(expected), schemaTree(actual), '');
}

function differenceOfLists(
  expected: readonly SchemaNode[],
  actual: readonly SchemaNode[],
  path: string,
): string | undefined {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const want = expected[i];
    const have = actual[i];
    const difference =
      want && have && want.name === have.name
        ? differenceOfNodes(want, have, path + want.name)
        : misplaced(want, have, expected, actual, path);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function misplaced(
  want: SchemaNode | undefined,
  have: SchemaNode | undefined,
  expected: readonly SchemaNode[],
  actual: readonly SchemaNode[],
  path: string,
): string {
  const missing = want && !actual.some(({ name }) => name === want.name);
  const added = have && !expected.some(({ name }) => name === have.name);
  if (missing && added) {
    return `column ${quote(path + want.name)} is missing, ${quote(path + have.name)} (${describeType(have)}) is in its place`;
  }
  if (missing) return `column ${quote(path + want.name)} (${describeType(want)}) is missing`;
  if (added) return `column ${quote(path + have.name)} (${describeType(have)}) is not expected`;
  if (want && have) {
    return `column ${quote(path + have.name)} is where ${quote(path + want.name)} is expected: the order of the columns differs`;
  }
  // Both sides know the name, and one of them has it once more.
  return want
    ? `column ${quote(path + want.name)} occurs less often than expected`
    : `column ${quote(path + (have?.name ?? ''))} occurs more often than expected`;
}

function differenceOfNodes(want: SchemaNode, have: SchemaNode, path: string): string | undefined {
  if (!sameField(want, have)) {
    return `column ${quote(path)} is ${describeType(have)}, expected ${describeType(want)}`;
  }
  return differenceOfLists(want.children ?? [], have.children ?? [], `${path}.`);
}

/** In JSON's quotes, so that no name can break the line of a message; cut where it is overlong. */
function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}
