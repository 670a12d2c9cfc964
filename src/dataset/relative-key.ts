import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataFile } from './data-file.ts';
import { DatasetFileError } from './errors.ts';

/**
 * Returns what makes a file's key relative to a root: the rest of its path below it, characters as
 * they are, separated by `/`.
 *
 * @param root a folder of this machine, absolute or relative to the working directory, or
 *   `s3://bucket/prefix`; a query after it is ignored.
 * @throws {DatasetFileError} if the root is a URL of no folder of this machine.
 * @returns a function that throws a {@link DatasetFileError} for a file which is not below the root.
 */
export function relativeKeys(root: string): (file: Pick<DataFile, 'name' | 'uri'>) => string {
  const inS3 = root.startsWith('s3://');
  const base = inS3
    ? `${root.replace(/\?.*$/s, '').replace(/\/+$/, '')}/`
    : `${resolve(pathOf(root)).replace(/[\\/]$/, '')}${sep}`;
  return ({ name, uri }) => {
    const place = uri.startsWith('file:') ? fileURLToPath(uri) : uri;
    if (uri.startsWith('s3:') !== inS3 || !place.startsWith(base)) {
      throw new DatasetFileError(name, `is not below ${root}, which keys are to be relative to`);
    }
    const key = inS3 ? place.slice(base.length) : relative(base, place).split(sep).join('/');
    if (/^[a-z][a-z0-9+.-]*:/i.test(key)) {
      throw new DatasetFileError(
        name,
        `would have the key ${JSON.stringify(key)}, which reads as an absolute URI`,
      );
    }
    return key;
  };
}

function pathOf(root: string): string {
  if (!root.startsWith('file://')) return root;
  try {
    return fileURLToPath(root);
  } catch (cause) {
    const problem = `is no file URL of this machine, for keys to be relative to: ${(cause as Error).message}`;
    throw new DatasetFileError(root, problem, { cause });
  }
}
