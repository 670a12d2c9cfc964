import {
  type DescField,
  type DescMessage,
  fromJsonString,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';

/** JSON that is not what it should be. The message names the value at fault and what is accepted. */
export class StrictJsonError extends Error {
  override name = 'StrictJsonError';
  /** Path of the value, for example `objects[3].size_bytes`; empty for the text as a whole. */
  readonly field: string;
  readonly description: string;

  constructor(field: string, description: string) {
    super(field === '' ? description : `${field}: ${description}`);
    this.field = field;
    this.description = description;
  }
}

/**
 * Parses the proto3 JSON form of a message, more strictly than proto3 JSON asks for: see
 * {@link checkStrictJson}, and a field that is given twice is refused too.
 *
 * @throws {StrictJsonError} if it is not JSON, or not JSON of that message.
 */
export function parseStrictJson<D extends DescMessage>(desc: D, text: string): MessageShape<D> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StrictJsonError('', `is not JSON: ${messageOf(error)}`);
  }
  checkStrictJson(desc, value);
  try {
    // From the text, for only the text still shows a field that was given twice.
    return fromJsonString(desc, text);
  } catch (error) {
    throw new StrictJsonError('', messageOf(error));
  }
}

/**
 * Checks a parsed JSON value against a message: an unknown field is refused by its name, and so is
 * a number which JSON.parse may have rounded, and a value of another type.
 *
 * @throws {StrictJsonError} for the first value at fault.
 */
export function checkStrictJson(desc: DescMessage, value: unknown, path = '', level = 1): void {
  if (level > MAX_LEVELS) {
    throw new StrictJsonError(path, `is nested deeper than ${MAX_LEVELS} levels`);
  }
  for (const [key, content] of entriesOf(value, path)) {
    const field = fieldsOf(desc).get(key);
    const name = field?.name ?? cut(key);
    const where = path === '' ? name : `${path}.${name}`;
    if (field === undefined) {
      const known = desc.fields.map(({ name }) => name).join(', ');
      throw new StrictJsonError(where, `unknown field; known: ${known}`);
    }
    // In proto3 JSON null says "not given".
    if (content !== null) checkField(field, content, where, level);
  }
}

/** Of messages within messages. Bounds the recursion, and is above what any request may have. */
const MAX_LEVELS = 64;

function checkField(field: DescField, value: unknown, where: string, level: number): void {
  switch (field.fieldKind) {
    case 'list':
      if (!Array.isArray(value))
        throw new StrictJsonError(where, `${shown(value)} is not an array`);
      value.forEach((each, i) => {
        checkSingle(field, each, `${where}[${i}]`, level);
      });
      break;
    case 'map':
      for (const [key, each] of entriesOf(value, where)) {
        checkSingle(field, each, `${where}[${cut(JSON.stringify(key))}]`, level);
      }
      break;
    default:
      checkSingle(field, value, where, level);
  }
}

function checkSingle(field: DescField, value: unknown, where: string, level: number): void {
  // The well-known types have JSON forms of their own, which the parser knows.
  if (field.message !== undefined && !field.message.typeName.startsWith('google.protobuf.')) {
    checkStrictJson(field.message, value, where, level + 1);
  } else if (field.scalar !== undefined) {
    checkScalar(field.scalar, value, where);
  }
}

function checkScalar(type: ScalarType, value: unknown, where: string): void {
  const refuse = (description: string) => {
    throw new StrictJsonError(where, description);
  };
  if (type === ScalarType.STRING && typeof value !== 'string') {
    refuse(`${shown(value)} is not a string`);
  } else if (type === ScalarType.BOOL && typeof value !== 'boolean') {
    refuse(`${shown(value)} is not true or false`);
  } else if (type === ScalarType.INT64) {
    checkInt64(value, refuse);
  }
}

const LIMIT = 2n ** 63n;

function checkInt64(value: unknown, refuse: (description: string) => void): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    refuse(
      'a number beyond 2^53 may lose digits in JSON; write it as a string, such as "9007199254740993"',
    );
  }
  const digits = typeof value === 'string' ? /^-?\d{1,20}$/.test(value) : Number.isInteger(value);
  if (!digits) refuse(`${shown(value)} is not an integer`);
  const integer = BigInt(value as string | number);
  if (integer < -LIMIT || integer >= LIMIT) refuse(`${shown(value)} does not fit into an int64`);
}

function entriesOf(value: unknown, where: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value);
  }
  throw new StrictJsonError(where, `${shown(value)} is not an object in braces`);
}

const known = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** By both names which a field has in proto3 JSON: size_bytes and sizeBytes. */
function fieldsOf(desc: DescMessage): ReadonlyMap<string, DescField> {
  let fields = known.get(desc);
  if (fields === undefined) {
    fields = new Map(desc.fields.flatMap((f) => [f.name, f.jsonName].map((name) => [name, f])));
    known.set(desc, fields);
  }
  return fields;
}

const SHOWN_CHARACTERS = 100;

/** A value in an error: what is long, or nested without bound, is not repeated. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return cut(JSON.stringify(value));
}

/** What a caller sent, names of fields and keys of maps among them, is not handed back at full length. */
function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}

function messageOf(error: unknown): string {
  return (error as Error).message;
}
