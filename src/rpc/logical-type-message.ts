import { create } from '@bufbuild/protobuf';
import {
  type LogicalType,
  LogicalTypeKind,
  LogicalTypeSchema,
} from '../../gen/catalogd/v1/schema_pb.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import {
  LOGICAL_TYPE_PARAMETERS,
  type LogicalTypeName,
  type LogicalTypeParameter,
  PARAMETER_KINDS,
  parameterProblem,
} from '../schema/logical-types.ts';
import type { CanonicalLogicalType } from '../schema/schema-node.ts';

type Named = Exclude<CanonicalLogicalType, null>;

const NAMES = new Map(
  (Object.keys(LOGICAL_TYPE_PARAMETERS) as LogicalTypeName[]).map((name) => [
    LogicalTypeKind[name] as number,
    name,
  ]),
);
const ALL_PARAMETERS = Object.keys(PARAMETER_KINDS) as LogicalTypeParameter[];

/**
 * The canonical form of a logical type that came in a request.
 *
 * @param path of the field, for example `schema.fields[2].logical_type`.
 * @throws {ErrInvalidArgument} if the kind is not known, or a parameter is missing, wrong, or not its own.
 */
export function canonicalLogicalType(message: LogicalType, path: string): Named {
  const name = NAMES.get(message.kind);
  if (name === undefined) {
    const description = `must be one of the kinds of LogicalTypeKind, not ${message.kind}`;
    throw new ErrInvalidArgument([{ field: `${path}.kind`, description }]);
  }
  const own: readonly LogicalTypeParameter[] = LOGICAL_TYPE_PARAMETERS[name];
  const violations = ALL_PARAMETERS.flatMap((parameter) => {
    const value = message[parameter];
    const problem = own.includes(parameter)
      ? parameterProblem(parameter, value)
      : value !== undefined && 'must not be given';
    const field = `${path}.${snakeCase(parameter)}`;
    return problem ? [{ field, description: `${problem}; the kind is ${name}` }] : [];
  });
  if (violations.length > 0) throw new ErrInvalidArgument(violations);
  return [name, ...own.map((parameter) => message[parameter] as string | number | boolean)];
}

/** The message of a logical type in its canonical form. */
export function logicalTypeMessage([name, ...values]: Named): LogicalType {
  const own = LOGICAL_TYPE_PARAMETERS[name as LogicalTypeName];
  return create(LogicalTypeSchema, {
    kind: LogicalTypeKind[name as LogicalTypeName],
    ...Object.fromEntries(own.map((parameter, i) => [parameter, values[i]])),
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
