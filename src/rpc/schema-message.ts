import { create } from '@bufbuild/protobuf';
import {
  FieldRepetition,
  PhysicalType,
  type Schema,
  type SchemaField,
  SchemaFieldSchema,
  SchemaSchema,
} from '../../gen/catalogd/v1/schema_pb.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { canonicalText, parseCanonicalText } from '../schema/canonical.ts';
import { fieldNameProblem, schemaProblem } from '../schema/check.ts';
import { MAX_SCHEMA_LEVELS } from '../schema/limits.ts';
import { isImplied } from '../schema/logical-types.ts';
import { PHYSICAL_TYPES, REPETITIONS, type SchemaNode } from '../schema/schema-node.ts';
import { canonicalLogicalType, logicalTypeMessage } from './logical-type-message.ts';

/**
 * The canonical form of a schema that came in a request. What the physical type implies is left out,
 * as docs/fingerprint.md says; nothing else is changed.
 *
 * @throws {ErrInvalidArgument} naming the first field at fault, for example `schema.fields[2].name`.
 */
export function schemaText(message: Schema): string {
  const columns = message.fields.map((field, i) => node(field, `schema.fields[${i}]`, 1));
  const problem = schemaProblem(columns);
  if (problem !== undefined) throw violation('schema', problem);
  return canonicalText(columns);
}

/**
 * The message of a schema in its canonical form.
 *
 * @throws {InvalidSchemaError} for any other text.
 */
export function schemaMessage(text: string): Schema {
  return create(SchemaSchema, { fields: parseCanonicalText(text).map(field) });
}

const REPETITION_OF = new Map(REPETITIONS.map((each) => [FieldRepetition[each] as number, each]));
const PHYSICAL_TYPE_OF = new Map(
  PHYSICAL_TYPES.map((each) => [PhysicalType[each] as number, each]),
);

function violation(field: string, description: string): ErrInvalidArgument {
  return new ErrInvalidArgument([{ field, description }]);
}

function node(message: SchemaField, path: string, level: number): SchemaNode {
  // Before the recursion, not after it: how deep a request is nested is a stranger's choice.
  if (level > MAX_SCHEMA_LEVELS) {
    throw violation(path, `must not be more than ${MAX_SCHEMA_LEVELS} levels deep`);
  }
  const { name } = message;
  const ofName = fieldNameProblem(name);
  if (ofName !== undefined) throw violation(`${path}.name`, ofName);
  const repetition = REPETITION_OF.get(message.repetition);
  if (repetition === undefined) {
    const known = 'REQUIRED (1), OPTIONAL (2) or REPEATED (3)';
    throw violation(`${path}.repetition`, `must be ${known}, not ${message.repetition}`);
  }
  return message.physicalType === PhysicalType.UNSPECIFIED
    ? group({ name, repetition }, message, path, level)
    : leaf({ name, repetition }, message, path);
}

type Head = Pick<SchemaNode, 'name' | 'repetition'>;

function group(head: Head, message: SchemaField, path: string, level: number): SchemaNode {
  const { typeLength, fields, logicalType: logical } = message;
  if (fields.length === 0) {
    throw violation(path, 'must be a column with a physical_type, or a group with fields');
  }
  if (typeLength !== undefined) {
    throw violation(`${path}.type_length`, 'must not be given for a group');
  }
  const logicalType = logical ? canonicalLogicalType(logical, `${path}.logical_type`) : null;
  const children = fields.map((each, i) => node(each, `${path}.fields[${i}]`, level + 1));
  return { ...head, logicalType, typeLength: null, children };
}

function leaf(head: Head, message: SchemaField, path: string): SchemaNode {
  const { typeLength, fields, logicalType: logical } = message;
  const physicalType = PHYSICAL_TYPE_OF.get(message.physicalType);
  if (physicalType === undefined) {
    const description = `must be one of PhysicalType, not ${message.physicalType}`;
    throw violation(`${path}.physical_type`, description);
  }
  if (fields.length > 0) {
    throw violation(`${path}.fields`, `must be empty: a column of ${physicalType} has none`);
  }
  if (physicalType === 'FIXED_LEN_BYTE_ARRAY') {
    if (typeLength === undefined || typeLength < 0) {
      const description = `must be 0 or more for ${physicalType}, not ${typeLength ?? 'left out'}`;
      throw violation(`${path}.type_length`, description);
    }
  } else if (typeLength !== undefined) {
    throw violation(`${path}.type_length`, `must not be given for ${physicalType}`);
  }
  const given = logical ? canonicalLogicalType(logical, `${path}.logical_type`) : null;
  const logicalType = isImplied(physicalType, given) ? null : given;
  return { ...head, logicalType, physicalType, typeLength: typeLength ?? null };
}

function field({
  name,
  repetition,
  physicalType,
  typeLength,
  logicalType,
  children,
}: SchemaNode): SchemaField {
  return create(SchemaFieldSchema, {
    name,
    repetition: FieldRepetition[repetition],
    ...(physicalType && { physicalType: PhysicalType[physicalType] }),
    ...(typeLength !== null && { typeLength }),
    ...(logicalType && { logicalType: logicalTypeMessage(logicalType) }),
    fields: (children ?? []).map(field),
  });
}
