import {
  create,
  type DescField,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { ErrInvalidArgument, type FieldViolation, quote } from '../catalog/errors.ts';
import { percentDecode } from './percent-encoding.ts';

/**
 * Reads the query of a URL as fields of a request message, each under the name which it has in the
 * definition. Values of an enum are in lower case without the enum's prefix: `view=basic`. In a
 * query, unlike in a path, `+` stands for a space, as forms and most libraries write it.
 *
 * @param fields which of the message's fields may be given so.
 * @throws {ErrInvalidArgument} for a parameter that is unknown, given twice, or has a bad value.
 */
export function readQuery<D extends DescMessage>(
  desc: D,
  fields: readonly DescField[],
  query: string,
): MessageShape<D> {
  const init: Record<string, unknown> = {};
  const violations: FieldViolation[] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = decode(at < 0 ? '' : part.slice(at + 1));
    const field = fields.find((each) => each.name === name);
    const description = problemOf(field, value, init, fields);
    if (description !== undefined) {
      violations.push({ field: shortened(name ?? part), description });
    } else if (field !== undefined && value !== undefined) {
      init[field.localName] = parseValue(field, value);
    }
  }
  if (violations.length > 0) throw new ErrInvalidArgument(violations.slice(0, MAX_VIOLATIONS));
  return create(desc, init as MessageInitShape<D>);
}

/** As many as the catalog itself tells at once. */
const MAX_VIOLATIONS = 16;

function problemOf(
  field: DescField | undefined,
  value: string | undefined,
  given: object,
  fields: readonly DescField[],
): string | undefined {
  if (field === undefined) {
    const known = fields.map(({ name }) => name).join(', ');
    return `is not a parameter of this resource; known: ${known || 'none'}`;
  }
  if (field.localName in given) return 'is given twice';
  if (value === undefined) return 'is not well-formed percent-encoded UTF-8';
  if (parseValue(field, value) === undefined) {
    return `must be ${acceptedBy(field)}, not ${quote(value)}`;
  }
  return undefined;
}

/** The value of a field, or undefined if the text is none. */
function parseValue(field: DescField, text: string): unknown {
  if (field.fieldKind === 'enum') return enumValues(field).get(text);
  switch (field.scalar) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case ScalarType.INT32:
      return /^-?\d{1,10}$/.test(text) && Number(text) === (Number(text) | 0)
        ? Number(text)
        : undefined;
    case ScalarType.INT64:
      return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
        ? BigInt(text)
        : undefined;
    default:
      return undefined;
  }
}

function acceptedBy(field: DescField): string {
  if (field.fieldKind === 'enum') return [...enumValues(field).keys()].join(' or ');
  if (field.scalar === ScalarType.BOOL) return 'true or false';
  return field.scalar === ScalarType.INT32 ? 'an int32' : 'an int64';
}

function enumValues(field: DescField): ReadonlyMap<string, number> {
  const { values = [], sharedPrefix = '' } = field.enum ?? {};
  return new Map(
    values
      .filter(({ number }) => number !== 0)
      .map(({ name, number }) => [name.slice(sharedPrefix.length).toLowerCase(), number]),
  );
}

function decode(text: string): string | undefined {
  return percentDecode(text.replaceAll('+', '%20'));
}

const MAX_SHOWN = 100;

function shortened(name: string): string {
  return name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}...` : name;
}
