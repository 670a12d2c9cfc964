import type { Schema } from '../../gen/catalogd/v1/schema_pb.ts';
import { MAX_OBJECTS } from '../catalog/limits.ts';
import type { Io } from './io.ts';
import { progressBar } from './progress-bar.ts';

/** A dataset as a request has it, and what it took to find out. */
export interface DatasetOfFiles {
  readonly schemaFingerprint: string;
  readonly rowCount: bigint;
  /** Absent where {@link schemaProblem} is there. */
  readonly schema?: Schema;
  /** Why no manifest can carry the schema. */
  readonly schemaProblem?: string;
  readonly objects: readonly {
    readonly key: string;
    readonly sizeBytes: bigint;
    readonly rowCount: bigint;
    readonly etag?: string;
  }[];
  readonly bytesRead: number;
}

/** How to describe the files. */
export interface DatasetOfFilesOptions {
  /** What keys are relative to; absolute URIs without it. */
  readonly relativeTo?: string | undefined;
  /** Whether a terminal may show how far it is. */
  readonly progress: boolean;
}

/** Files at once: local ones are bound by the disk, those in S3 by the way there and back. */
const LOCAL_AT_ONCE = 16;
const S3_AT_ONCE = 64;

/**
 * Finds the files which the paths stand for, reads their footers, and makes a dataset of them.
 *
 * @throws {DatasetFileError} that names the file at fault; see src/dataset/.
 */
export async function datasetOfFiles(
  paths: readonly string[],
  { relativeTo, progress }: DatasetOfFilesOptions,
  io: Io,
): Promise<DatasetOfFiles> {
  const { findFiles } = await import('../dataset/find-files.ts');
  const { describeFiles } = await import('../dataset/describe.ts');
  const { createParserPool } = await import('../dataset/parser-pool.ts');
  const { relativeKeys } = await import('../dataset/relative-key.ts');
  const keyOf = relativeTo === undefined ? undefined : relativeKeys(relativeTo);
  const found = await findFiles(paths, { maxFiles: MAX_OBJECTS });
  try {
    // Before any file is read, for it may take long.
    const keys = found.files.map((file) => keyOf?.(file) ?? file.uri);
    const inS3 = found.files.some(({ uri }) => uri.startsWith('s3:'));
    const parser = createParserPool();
    const bar = progress ? progressBar(io.stderr, keys.length, Date.now) : undefined;
    try {
      const described = await describeFiles(found.files, {
        parser,
        concurrency: inS3 ? S3_AT_ONCE : LOCAL_AT_ONCE,
        onProgress: (done) => bar?.show(done),
      });
      const { objects, schemaFingerprint, rowCount, bytesRead, canonicalSchema } = described;
      return {
        schemaFingerprint,
        rowCount,
        bytesRead,
        ...(await schemaOf(canonicalSchema)),
        objects: objects.map(({ uri, ...object }, i) => ({ key: keys[i] ?? uri, ...object })),
      };
    } finally {
      bar?.clear();
      await parser.close();
    }
  } finally {
    await found.close();
  }
}

async function schemaOf(
  canonical: string,
): Promise<Pick<DatasetOfFiles, 'schema' | 'schemaProblem'>> {
  const { schemaTextProblem } = await import('../schema/check.ts');
  const schemaProblem = schemaTextProblem(canonical);
  if (schemaProblem !== undefined) return { schemaProblem };
  const { schemaMessage } = await import('../rpc/schema-message.ts');
  return { schema: schemaMessage(canonical) };
}
