import { exportCatalog } from '../../maintenance/export.ts';
import { EXIT } from '../exit-codes.ts';
import { type Io, OutputClosedError, writeOut } from '../io.ts';
import { counted } from '../output/counted.ts';
import { escapeText, jsonLine } from '../output/escape.ts';
import { withStore } from '../with-store.ts';

/**
 * Carries out `catalogd export`.
 *
 * @returns the exit code.
 * @throws {IncompleteExportError} if a manifest cannot be exported.
 */
export async function exportManifests(flags: Record<string, unknown>, io: Io): Promise<number> {
  const options = {
    prefix: typeof flags.prefix === 'string' ? flags.prefix : '',
    skipDamaged: flags.skipDamaged === true,
  };
  const write = (line: string) => writeWhole(io, line);
  const { manifests, skipped } = await withStore({ flags, env: io.env }, false, (open) =>
    exportCatalog({ ...open, write }, options),
  );
  const lines = [
    ...skipped.map(({ key, problem }) => `left out: ${key}: ${problem}`),
    `exported ${counted(manifests, 'manifest')}`,
  ];
  io.stderr.write(
    flags.json === true
      ? jsonLine({ manifests, skipped })
      : lines.map((line) => `${escapeText(line)}\n`).join(''),
  );
  return skipped.length === 0 ? EXIT.ok : EXIT.corrupt;
}

/** Unlike a listing, an export that nobody reads to its end has failed. */
async function writeWhole(io: Io, line: string): Promise<void> {
  try {
    await writeOut(io.stdout, line);
  } catch (cause) {
    if (!(cause instanceof OutputClosedError)) throw cause;
    throw new Error(`the export is not complete: ${cause.message}`, { cause });
  }
}
