import type { SchemaElement } from 'hyparquet';
import type { CanonicalLogicalType } from './logical-type.ts';
import { type SchemaNode, schemaTree } from './schema-tree.ts';

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
    return `column ${quote(path + want.name)} is missing, ${quote(path + have.name)} (${typeOf(have)}) is in its place`;
  }
  if (missing) return `column ${quote(path + want.name)} (${typeOf(want)}) is missing`;
  if (added) return `column ${quote(path + have.name)} (${typeOf(have)}) is not expected`;
  if (want && have) {
    return `column ${quote(path + have.name)} is where ${quote(path + want.name)} is expected: the order of the columns differs`;
  }
  // Both sides know the name, and one of them has it once more.
  return want
    ? `column ${quote(path + want.name)} occurs less often than expected`
    : `column ${quote(path + (have?.name ?? ''))} occurs more often than expected`;
}

function differenceOfNodes(want: SchemaNode, have: SchemaNode, path: string): string | undefined {
  const [expected, actual] = [typeOf(want), typeOf(have)];
  if (expected !== actual) return `column ${quote(path)} is ${actual}, expected ${expected}`;
  return differenceOfLists(want.children ?? [], have.children ?? [], `${path}.`);
}

/** Injective but for the children: two nodes of one text differ in nothing else. */
function typeOf({ repetition, physicalType, typeLength, logicalType }: SchemaNode): string {
  const length = typeLength === null ? '' : `(${typeLength})`;
  const logical = logicalType === null ? '' : ` ${nameOf(logicalType)}`;
  return `${repetition} ${physicalType ?? 'group'}${length}${logical}`;
}

function nameOf([name, ...parameters]: Exclude<CanonicalLogicalType, null>): string {
  switch (name) {
    case 'TIME':
    case 'TIMESTAMP':
      return `${name}(${parameters[1]}, ${parameters[0] ? 'UTC' : 'local'})`;
    case 'INTEGER':
      return `INTEGER(${parameters[0]}, ${parameters[1] ? 'signed' : 'unsigned'})`;
    case 'DECIMAL':
      return `DECIMAL(precision ${parameters[1]}, scale ${parameters[0]})`;
    default:
      return parameters.length === 0 ? name : `${name}(${parameters.map(String).join(', ')})`;
  }
}

/** In JSON's quotes, so that no name can break the line of a message; cut where it is overlong. */
function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}
