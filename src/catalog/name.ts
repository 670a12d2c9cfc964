import { ErrEmptyName, ErrInvalidName, quote } from './errors.ts';
import { textProblem, utf8Length } from './text.ts';

/** Where manifests are in the store. Nothing below `_catalog/` is user data (R9). */
export const MANIFEST_PREFIX = '_catalog/manifests/';
/** What the key of a manifest ends in. */
export const MANIFEST_SUFFIX = '.parquet';
/** Bytes of a name. */
export const MAX_NAME_BYTES = 512;
/** Bytes of one segment: with the suffix it still fits the 255 bytes of a file name. */
export const MAX_SEGMENT_BYTES = 240;

/**
 * Checks a dataset's name. A name is never changed on the way in: what breaks a rule is refused.
 *
 * @param field how the request names the field.
 * @throws {ErrEmptyName} for the empty name.
 * @throws {ErrInvalidName} saying which rule it breaks.
 */
export function checkName(name: string, field = 'name'): void {
  if (name === '') throw new ErrEmptyName(field);
  const problem = nameProblem(name);
  if (problem !== undefined) {
    throw new ErrInvalidName([{ field, description: `${problem}: ${quote(name)}` }]);
  }
}

/** Whether a dataset may have the name. */
export function isName(name: string): boolean {
  return nameProblem(name) === undefined;
}

function nameProblem(name: string): string | undefined {
  const problem = textProblem(name, 1, MAX_NAME_BYTES);
  if (problem !== undefined) return problem;
  if (name.normalize('NFC') !== name) return 'must be in Unicode normalisation form NFC';
  if (name.includes('\\')) return 'must not contain a backslash; segments are separated by "/"';
  for (const segment of name.split('/')) {
    if (segment === '') return 'must not begin or end with "/", nor contain "//"';
    if (segment === '.' || segment === '..') return 'must not have "." or ".." as a segment';
    if (segment.toLowerCase().endsWith(MANIFEST_SUFFIX)) {
      return 'must not have a segment that ends in ".parquet"';
    }
    if (utf8Length(segment) > MAX_SEGMENT_BYTES) {
      return `must have segments of at most ${MAX_SEGMENT_BYTES} bytes`;
    }
  }
  return undefined;
}

/** The store's key for the manifest of a name. */
export function manifestKey(name: string): string {
  return `${MANIFEST_PREFIX}${name}${MANIFEST_SUFFIX}`;
}

/** The name whose manifest a key holds, or `undefined` if it is not the key of a manifest. */
export function nameOfKey(key: string): string | undefined {
  if (!key.startsWith(MANIFEST_PREFIX) || !key.endsWith(MANIFEST_SUFFIX)) return undefined;
  return key.slice(MANIFEST_PREFIX.length, -MANIFEST_SUFFIX.length);
}
