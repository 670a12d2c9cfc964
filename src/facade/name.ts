import { ErrInvalidName, quote } from '../catalog/errors.ts';
import { percentDecode } from './percent-encoding.ts';

/**
 * Decodes the rest of a path as the name of a dataset: `/` may stand for itself or be written
 * `%2F`. Nothing else happens to it: segments such as `..` are not resolved but left to the rules
 * for names, which refuse them.
 *
 * @throws {ErrInvalidName} if it is not percent-encoded UTF-8.
 */
export function decodeName(encoded: string): string {
  const name = percentDecode(encoded);
  if (name !== undefined) return name;
  const rule = 'must be well-formed percent-encoded UTF-8 in the URL';
  throw new ErrInvalidName([{ field: 'name', description: `${rule}: ${quote(encoded)}` }]);
}
