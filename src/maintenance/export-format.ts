import { FieldError, shown } from './json-fields.ts';
import { type Line, LineError } from './lines.ts';

/** The first line of an export, with the version of its format. */
export const HEADER = { catalogd_export: 1 } as const;

/** The last line of an export: without it, it was cut off. */
export function trailer(manifests: number): object {
  return { catalogd_export_end: { manifests } };
}

/**
 * The longest line of an export, in bytes: room for 100,000 objects whose keys and etags are of the
 * full length.
 */
export const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** A manifest as a line of the input has it, not looked into yet. */
export interface ManifestLine extends Pick<Line, 'number' | 'size'> {
  readonly value: unknown;
}

/**
 * The manifests of an export, or of plain NDJSON, which has neither header nor trailer.
 *
 * @throws {LineError} where a line is no JSON, or the frame of the export is not as it should be: a
 *   header of another version, a trailer that is missing, or one that counts another number.
 */
export async function* manifestLines(lines: AsyncIterable<Line>): AsyncGenerator<ManifestLine> {
  let manifests = 0;
  let frame: 'none' | 'open' | 'closed' = 'none';
  let isFirst = true;
  let last = 0;
  for await (const { number, text, size } of lines) {
    if (frame === 'closed') throw new LineError(number, 'comes after the end of the export');
    const value = parsed(text, number);
    if (isFirst && has(value, 'catalogd_export')) {
      checkHeader(value.catalogd_export, number);
      frame = 'open';
    } else if (frame === 'open' && has(value, 'catalogd_export_end')) {
      checkTrailer(value.catalogd_export_end, manifests, number);
      frame = 'closed';
    } else {
      manifests++;
      yield { number, size, value };
    }
    isFirst = false;
    last = number;
  }
  if (frame === 'open') {
    throw new LineError(
      last,
      `the export was cut off here, after ${manifests} manifests: its last line is missing`,
    );
  }
}

/**
 * Runs what reads the value of a line.
 *
 * @throws {LineError} in place of a {@link FieldError}.
 */
export function onLine<T>(number: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FieldError) throw new LineError(number, error.message);
    throw error;
  }
}

function parsed(text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LineError(number, `is not JSON: ${(error as Error).message}`);
  }
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function checkHeader(version: unknown, number: number): void {
  if (version === HEADER.catalogd_export) return;
  throw new LineError(
    number,
    `is the header of an export of format ${shown(version)}; this catalogd reads ${HEADER.catalogd_export}`,
  );
}

function checkTrailer(value: unknown, manifests: number, number: number): void {
  const counted = has(value, 'manifests') ? value.manifests : undefined;
  if (counted === manifests) return;
  throw new LineError(
    number,
    `says that there are ${shown(counted)} manifests, and ${manifests} came before it`,
  );
}
