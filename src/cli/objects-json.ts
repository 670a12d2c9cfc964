import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { fromJsonString } from '@bufbuild/protobuf';
import type { DataObject } from '../../gen/catalogd/v1/catalog_pb.ts';
import { RegisterManifestRequestSchema } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { checkStrictJson } from '../json/strict-json.ts';
import { messageOf } from './message-of.ts';
import { UsageError } from './usage-error.ts';

/** Far above 100,000 objects with keys of the full length. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads the objects of a dataset as JSON from a file, or from `stdin` if the file is `-`.
 *
 * @throws {UsageError} if it cannot be read, or is not as {@link parseObjects} wants it.
 */
export async function readObjects(file: string, stdin: Readable): Promise<DataObject[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of file === '-' ? stdin : createReadStream(file)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BYTES) {
        throw new RangeError(`longer than ${MAX_BYTES} bytes`);
      }
    }
  } catch (error) {
    throw new UsageError(`--objects ${file}: cannot be read: ${messageOf(error)}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError(`--objects ${file}: is not UTF-8`);
  }
  return parseObjects(text, `--objects ${file}`);
}

/**
 * Parses the proto3 JSON form of an array of DataObject. Stricter than proto3 JSON: an unknown field and
 * a field given twice are refused, and so is a number which JSON.parse may have rounded.
 *
 * @param origin what to call the text in an error.
 * @throws {UsageError} that names the object by its index, the field, and what is accepted.
 */
export function parseObjects(text: string, origin: string): DataObject[] {
  let array: unknown;
  try {
    array = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${origin}: is not JSON: ${messageOf(error)}`);
  }
  if (!Array.isArray(array)) {
    throw new UsageError(
      `${origin}: must be an array, such as [{"key": "s3://bucket/a.parquet", "size_bytes": 1024}]`,
    );
  }
  try {
    checkStrictJson(RegisterManifestRequestSchema, { objects: array });
    // From the text, for only the text still shows a field that was given twice.
    return fromJsonString(RegisterManifestRequestSchema, `{"objects":${text}}`).objects;
  } catch (error) {
    throw new UsageError(`${origin}: ${messageOf(error)}`);
  }
}
