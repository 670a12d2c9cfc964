import {
  create,
  type DescField,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { ErrInvalidArgument, type FieldViolation, quote } from '../catalog/errors.ts';
import { percentDecode } from './percent-encoding.ts';
import { acceptedBy, parseValue } from './query-value.ts';

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
  return create(desc, readParameters(fields, query) as MessageInitShape<D>);
}

/**
 * As {@link readQuery}, of fields of whichever message, by their local names. What is repeated in a
 * message is a parameter that may be repeated; an entry of a map is `labels=KEY=VALUE`.
 *
 * @throws {ErrInvalidArgument} as {@link readQuery}.
 */
export function readParameters(
  fields: readonly DescField[],
  query: string,
): Readonly<Record<string, unknown>> {
  const init: Record<string, unknown> = {};
  const violations: FieldViolation[] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = decode(at < 0 ? '' : part.slice(at + 1));
    const field = fields.find((each) => each.name === name);
    const description = take(field, value, init, fields);
    if (description !== undefined) {
      violations.push({ field: shortened(name ?? part), description });
    }
  }
  if (violations.length > 0) throw new ErrInvalidArgument(violations.slice(0, MAX_VIOLATIONS));
  return init;
}

/** As many as the catalog itself tells at once. */
const MAX_VIOLATIONS = 16;

/** Takes a parameter in, or says what is wrong with it. */
function take(
  field: DescField | undefined,
  text: string | undefined,
  init: Record<string, unknown>,
  fields: readonly DescField[],
): string | undefined {
  if (field === undefined) {
    const known = fields.map(({ name }) => name).join(', ');
    return `is not a parameter of this resource; known: ${known || 'none'}`;
  }
  const before = init[field.localName];
  const isSingle = field.fieldKind !== 'list' && field.fieldKind !== 'map';
  if (isSingle && before !== undefined) return 'is given twice';
  if (text === undefined) return 'is not well-formed percent-encoded UTF-8';
  const value = parseValue(field, text);
  if (value === undefined) return `must be ${acceptedBy(field)}, not ${quote(text)}`;
  if (field.fieldKind === 'map') {
    const [key, content] = value as [string, string];
    const entries = (before ?? Object.create(null)) as Record<string, string>;
    if (key in entries) return `has ${quote(key)} twice`;
    entries[key] = content;
    init[field.localName] = entries;
  } else {
    init[field.localName] = isSingle ? value : [...((before ?? []) as unknown[]), value];
  }
  return undefined;
}

function decode(text: string): string | undefined {
  return percentDecode(text.replaceAll('+', '%20'));
}

const MAX_SHOWN = 100;

function shortened(name: string): string {
  return name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}...` : name;
}
