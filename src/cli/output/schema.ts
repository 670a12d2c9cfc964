import type { Schema } from '../../../gen/catalogd/v1/schema_pb.ts';
import { schemaText } from '../../rpc/schema-message.ts';
import { parseCanonicalText } from '../../schema/canonical.ts';
import { describeType } from '../../schema/describe-type.ts';
import type { SchemaNode } from '../../schema/schema-node.ts';
import { Table } from './table.ts';

/** A schema as a tree: a line for each field with its type, those of a group below it and indented. */
export function renderSchema(schema: Schema): string {
  const table = new Table([
    { title: 'FIELD', align: 'left' },
    { title: 'TYPE', align: 'left' },
  ]);
  return table.render([...rows(parseCanonicalText(schemaText(schema)), '')]);
}

function* rows(fields: readonly SchemaNode[], indent: string): Generator<[string, string]> {
  for (const field of fields) {
    yield [`${indent}${field.name}`, describeType(field)];
    yield* rows(field.children ?? [], `${indent}  `);
  }
}
