import type { Micros } from '../manifest/manifest.ts';
import { parseTime } from './json-time.ts';

/** A JSON value that is not what it should be. */
export class FieldError extends Error {
  override name = 'FieldError';
  /** Path of the value, for example `objects[3].size_bytes`; empty for the whole. */
  readonly field: string;

  constructor(field: string, problem: string) {
    super(field === '' ? problem : `${field}: ${problem}`);
    this.field = field;
  }
}

/** An object of JSON whose fields are all known. */
export type Fields = Readonly<Record<string, unknown>>;

/** Reads a value that has to be of one type. */
export type Read<T> = (value: unknown, path: string) => T;

/**
 * An object that has no other than these fields.
 *
 * @throws {FieldError} naming the first that is not known.
 */
export function fieldsOf(value: unknown, path: string, known: readonly string[]): Fields {
  const fields = asObject(value, path);
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) {
      throw new FieldError(at(path, cut(name)), `unknown field; known: ${known.join(', ')}`);
    }
  }
  return fields;
}

/** A field that has to be there. */
export function required<T>(fields: Fields, path: string, name: string, read: Read<T>): T {
  const value = optional(fields, path, name, read);
  if (value === undefined) throw new FieldError(at(path, name), 'is required');
  return value;
}

/** A field that may be missing; null says so too, as in proto3 JSON. */
export function optional<T>(
  fields: Fields,
  path: string,
  name: string,
  read: Read<T>,
): T | undefined {
  const value = fields[name];
  return value === undefined || value === null ? undefined : read(value, at(path, name));
}

export const asText: Read<string> = (value, path) =>
  typeof value === 'string' ? value : refuse(value, path, 'a string');

export const asBoolean: Read<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(value, path, 'true or false');

const LIMIT = 2n ** 63n;

/** A string of digits, or a number that JSON did not have to round. */
export const asInt64: Read<bigint> = (value, path) => {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new FieldError(
      path,
      'a number beyond 2^53 may lose digits in JSON; write it as a string',
    );
  }
  const isInteger =
    typeof value === 'string' ? /^-?\d{1,20}$/.test(value) : Number.isSafeInteger(value);
  if (!isInteger) return refuse(value, path, 'an integer');
  const integer = BigInt(value as string | number);
  return integer >= -LIMIT && integer < LIMIT ? integer : refuse(value, path, 'an int64');
};

export const asTime: Read<Micros> = (value, path) =>
  (typeof value === 'string' ? parseTime(value) : undefined) ??
  refuse(value, path, 'a time such as "2026-11-22T09:50:19.000001Z"');

/** A list whose elements are read one by one. */
export function listOf<T>(read: Read<T>): Read<T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((each, i) => read(each, `${path}[${i}]`))
      : refuse(value, path, 'an array');
}

/** An object of any keys, all of whose values are strings. */
export const asTextMap: Read<Map<string, string>> = (value, path) =>
  new Map(
    Object.entries(asObject(value, path)).map(([key, each]) => [
      key,
      asText(each, `${path}[${JSON.stringify(key)}]`),
    ]),
  );

function asObject(value: unknown, path: string): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : refuse(value, path, 'an object in braces');
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

const SHOWN_CHARACTERS = 100;

function refuse(value: unknown, path: string, wanted: string): never {
  throw new FieldError(path, `${shown(value)} is not ${wanted}`);
}

/** A value of JSON as a message shows it: what is long, or nested without bound, is not repeated. */
export function shown(value: unknown): string {
  const isNested = typeof value === 'object' && value !== null;
  if (isNested) return Array.isArray(value) ? 'an array' : 'an object';
  return cut(JSON.stringify(value) ?? 'nothing');
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}
