import { create } from '@bufbuild/protobuf';
import {
  FieldRepetition,
  type LogicalType,
  LogicalTypeKind,
  LogicalTypeSchema,
  PhysicalType,
  type Schema,
  type SchemaField,
  SchemaFieldSchema,
  SchemaSchema,
} from '../../gen/catalogd/v1/schema_pb.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { utf8Length } from '../catalog/text.ts';
import { canonicalText, parseCanonicalText } from '../schema/canonical.ts';
import { MAX_FIELD_NAME_BYTES, MAX_SCHEMA_LEVELS, schemaProblem } from '../schema/limits.ts';
import {
  LOGICAL_TYPE_PARAMETERS,
  type LogicalTypeName,
  type LogicalTypeParameter,
  PARAMETER_KINDS,
  parameterProblem,
} from '../schema/logical-types.ts';
import {
  type CanonicalLogicalType,
  PHYSICAL_TYPES,
  REPETITIONS,
  type SchemaNode,
} from '../schema/schema-node.ts';

/**
 * The canonical form of a schema that came in a request.
 *
 * @throws {ErrInvalidArgument} naming the first field at fault, for example `schema.fields[2].name`.
 */
export function schemaText(message: Schema): string {
  const columns = message.fields.map((field, i) => node(field, `schema.fields[${i}]`, 1));
  const problem = schemaProblem(columns);
  if (problem !== undefined) throw violation('schema', problem);
  return canonicalText(columns);
}

/** The message of a schema in its canonical form. */
export function schemaMessage(text: string): Schema {
  return create(SchemaSchema, { fields: parseCanonicalText(text).map(field) });
}

const KINDS = Object.keys(LOGICAL_TYPE_PARAMETERS) as LogicalTypeName[];

function violation(field: string, description: string): ErrInvalidArgument {
  return new ErrInvalidArgument([{ field, description }]);
}

function node(message: SchemaField, path: string, level: number): SchemaNode {
  // Before the recursion, not after it: how deep a request is nested is a stranger's choice.
  if (level > MAX_SCHEMA_LEVELS) {
    throw violation(path, `must be at most ${MAX_SCHEMA_LEVELS} levels deep`);
  }
  const ofName = nameProblem(message.name);
  if (ofName !== undefined) throw violation(`${path}.name`, ofName);
  const repetition = REPETITIONS[message.repetition - 1];
  if (repetition === undefined) throw violation(`${path}.repetition`, 'must be given');
  const { physicalType: type, typeLength, fields, name } = message;
  const logicalType = canonicalType(message, path);
  if (type === PhysicalType.UNSPECIFIED) {
    if (fields.length === 0) throw violation(path, 'must have a physical_type, or fields');
    if (typeLength !== undefined) throw violation(`${path}.type_length`, 'is for a column only');
    const children = fields.map((each, i) => node(each, `${path}.fields[${i}]`, level + 1));
    return { name, repetition, logicalType, typeLength: null, children };
  }
  const physicalType = PHYSICAL_TYPES[type - 1];
  if (physicalType === undefined) throw violation(`${path}.physical_type`, `is unknown: ${type}`);
  if (fields.length > 0) throw violation(`${path}.fields`, 'must be empty: it has a physical_type');
  const fixed = type === PhysicalType.FIXED_LEN_BYTE_ARRAY;
  if (fixed !== (typeLength !== undefined) || (typeLength ?? 0) < 0) {
    throw violation(
      `${path}.type_length`,
      'must be given, and 0 or more, for FIXED_LEN_BYTE_ARRAY only',
    );
  }
  return { name, repetition, logicalType, physicalType, typeLength: typeLength ?? null };
}

/** As the rules for other texts, but Parquet allows control characters. */
function nameProblem(name: string): string | undefined {
  const bytes = utf8Length(name);
  if (bytes === 0) return 'must not be empty';
  if (bytes > MAX_FIELD_NAME_BYTES) return `must be at most ${MAX_FIELD_NAME_BYTES} bytes of UTF-8`;
  const good = name.isWellFormed() && !name.includes('\ufffd');
  return good ? undefined : 'must be valid UTF-8, without U+FFFD';
}

function canonicalType(message: SchemaField, path: string): CanonicalLogicalType {
  const { logicalType: type, physicalType } = message;
  if (type === undefined) return null;
  const at = `${path}.logical_type`;
  const name = KINDS.find((each) => LogicalTypeKind[each] === type.kind);
  if (name === undefined) throw violation(`${at}.kind`, 'must be given');
  const parameters = LOGICAL_TYPE_PARAMETERS[name] as readonly LogicalTypeParameter[];
  for (const parameter of Object.keys(PARAMETER_KINDS) as LogicalTypeParameter[]) {
    const value = type[parameter];
    if (parameters.includes(parameter)) {
      const problem = parameterProblem(parameter, value);
      if (problem !== undefined) throw violation(`${at}.${snakeCase(parameter)}`, problem);
    } else if (value !== undefined) {
      throw violation(`${at}.${snakeCase(parameter)}`, `must not be given for ${name}`);
    }
  }
  // docs/fingerprint.md: implied by the physical type, which some writers say all the same.
  const implied =
    name === 'INTEGER' &&
    type.signed === true &&
    ((physicalType === PhysicalType.INT32 && type.bitWidth === 32) ||
      (physicalType === PhysicalType.INT64 && type.bitWidth === 64));
  if (implied) return null;
  const values = parameters.map((parameter) => type[parameter] as string | number | boolean);
  return [name, ...values];
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

function logicalTypeMessage([name, ...values]: Exclude<CanonicalLogicalType, null>): LogicalType {
  const parameters = LOGICAL_TYPE_PARAMETERS[name as LogicalTypeName];
  return create(LogicalTypeSchema, {
    kind: LogicalTypeKind[name as LogicalTypeName],
    ...Object.fromEntries(parameters.map((parameter, i) => [parameter, values[i]])),
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
