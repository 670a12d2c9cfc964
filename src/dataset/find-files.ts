import type { S3Address } from '../s3/address.ts';
import type { S3Reader } from '../s3/reader.ts';
import type { DataFile } from './data-file.ts';
import { DatasetFileError } from './errors.ts';
import { localFiles } from './local-paths.ts';

/** Files that can be opened until they are closed. */
export interface FoundFiles {
  /** Those of the first path first; those of one path in byte order of their URIs. */
  readonly files: readonly DataFile[];
  /** Ends connections. */
  close(): Promise<void>;
}

/** How to look for files. */
export interface FindOptions {
  /** The most files, of all paths; above it is an error. */
  readonly maxFiles: number;
  /** Opens a server's buckets; by default with the S3 client, which is loaded only then. */
  readonly openS3?: (address: S3Address, url: string) => Promise<S3Reader>;
}

/**
 * Finds the files of a dataset.
 *
 * @param paths files, folders, globs and `file:` URLs as {@link localFiles} takes them, and
 *   `s3://bucket/path?endpoint=URL&region=NAME&path_style=true` as {@link parseS3Address} does.
 * @throws {DatasetFileError} if a path leads to no file, two lead to one, or there are too many.
 * @throws {DatasetUnavailableError} if S3 cannot be reached.
 * @throws {S3ConfigError} if an S3 path is wrong.
 */
export async function findFiles(
  paths: readonly string[],
  options: FindOptions,
): Promise<FoundFiles> {
  const readers = new Map<string, Promise<S3Reader>>();
  const close = async (): Promise<void> => {
    for (const reader of await Promise.allSettled(readers.values())) {
      if (reader.status === 'fulfilled') reader.value.close();
    }
  };
  const files = new Map<string, DataFile>();
  try {
    for (const path of paths) {
      const left = options.maxFiles - files.size;
      const found = path.startsWith('s3://')
        ? await inS3(path, left, readers, options.openS3 ?? openS3)
        : await localFiles(path, left);
      for (const file of found) add(files, file, options.maxFiles);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { files: [...files.values()], close };
}

function add(files: Map<string, DataFile>, file: DataFile, maxFiles: number): void {
  const before = files.get(file.uri);
  if (before !== undefined) {
    const first = before.name === file.name ? '' : `, first as ${before.name}`;
    throw new DatasetFileError(file.name, `is given twice${first}`);
  }
  if (files.size === maxFiles) {
    throw new DatasetFileError(
      file.name,
      `is one too many: a dataset has at most ${maxFiles} files`,
    );
  }
  files.set(file.uri, file);
}

async function inS3(
  path: string,
  maxFiles: number,
  readers: Map<string, Promise<S3Reader>>,
  open: NonNullable<FindOptions['openS3']>,
): Promise<readonly DataFile[]> {
  const { parseS3Address } = await import('../s3/address.ts');
  const { s3Files } = await import('./s3-files.ts');
  const address = parseS3Address(path);
  // One client for a server, however many paths lead to it.
  const server = JSON.stringify(Object.values(address.server));
  const reader = readers.get(server) ?? open(address, path);
  readers.set(server, reader);
  return s3Files(address, await reader, maxFiles);
}

async function openS3({ server }: S3Address, url: string): Promise<S3Reader> {
  // The SDK takes a quarter of a second to load, so only who needs it waits for it.
  const { openS3Reader } = await import('../s3/reader.ts');
  return openS3Reader(server, url);
}
