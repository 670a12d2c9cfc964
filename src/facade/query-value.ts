import { type DescEnum, type DescField, ScalarType } from '@bufbuild/protobuf';
import { parseTimestamp } from '../json/timestamp.ts';

/**
 * The value of a field that a parameter gives: of one entry, where the field has many.
 *
 * @returns `undefined` if the text is none.
 */
export function parseValue(field: DescField, text: string): unknown {
  if (field.fieldKind === 'map') return parseEntry(text);
  if (field.enum !== undefined) return enumValues(field.enum).get(text);
  // Of messages only times stand in a query.
  return field.message === undefined ? parseScalar(field.scalar, text) : parseTimestamp(text);
}

/** What the value of a field has to be, in words. */
export function acceptedBy(field: DescField): string {
  if (field.fieldKind === 'map') return 'KEY=VALUE';
  if (field.enum !== undefined) return [...enumValues(field.enum).keys()].join(' or ');
  if (field.message !== undefined) return 'a time such as 2026-11-22T09:50:19Z';
  if (field.scalar === ScalarType.BOOL) return 'true or false';
  return field.scalar === ScalarType.INT32 ? 'an int32' : 'an int64';
}

function parseScalar(scalar: ScalarType | undefined, text: string): unknown {
  switch (scalar) {
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

function parseEntry(text: string): readonly [string, string] | undefined {
  const at = text.indexOf('=');
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

function enumValues({ values, sharedPrefix = '' }: DescEnum): ReadonlyMap<string, number> {
  return new Map(
    values
      .filter(({ number }) => number !== 0)
      .map(({ name, number }) => [name.slice(sharedPrefix.length).toLowerCase(), number]),
  );
}
