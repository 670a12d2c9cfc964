import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { readSettings } from '../../config/read.ts';
import { SETTINGS } from '../../config/settings.ts';
import type { Sources } from '../../config/sources.ts';
import { type ImportReport, importCatalog } from '../../maintenance/import.ts';
import { probed } from '../../server/probed.ts';
import { systemRuntime } from '../../server/system-runtime.ts';
import { EXIT } from '../exit-codes.ts';
import { type Io, writeOut } from '../io.ts';
import { messageOf } from '../message-of.ts';
import { escapeText, jsonLine } from '../output/escape.ts';
import { UsageError } from '../usage-error.ts';
import { PATIENCE_MS, withStore } from '../with-store.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Carries out `catalogd import`.
 *
 * @returns the exit code.
 * @throws {ImportError} at the first line that is at fault.
 * @throws {ProbeError} if the store does not honour conditional writes.
 */
export async function importManifests(
  file: string,
  flags: Record<string, unknown>,
  io: Io,
): Promise<number> {
  const sources: Sources = { flags, env: io.env };
  const { dataRoot, exclusive } = await readSettings(
    { dataRoot: SETTINGS.dataRoot, exclusive: SETTINGS.exclusive },
    sources,
  );
  const dryRun = flags.dryRun === true;
  const report = await withStore(sources, !dryRun, async ({ store, patience }) => {
    const conditional = store.exclusive || !exclusive;
    // Finds out the form of etags, too, which differs between servers.
    if (!store.exclusive && conditional && !dryRun) await probed(store, PATIENCE_MS, SILENT);
    const options = { replace: flags.replace === true, dryRun, conditional };
    const input = chunksOf(file, io.stdin);
    return importCatalog({ store, patience, runtime: systemRuntime, dataRoot }, input, options);
  });
  await writeOut(
    io.stdout,
    flags.json === true ? jsonLine({ ...report, dry_run: dryRun }) : render(report, dryRun),
  );
  return report.conflicting === 0 ? EXIT.ok : EXIT.conflict;
}

/** The content, with the file named where it cannot be read. */
async function* chunksOf(file: string, stdin: Readable): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = (file === '-' ? stdin : createReadStream(file))[
    Symbol.asyncIterator
  ]();
  try {
    for (;;) {
      const next = await read(file, chunks);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

async function read(file: string, chunks: AsyncIterator<Uint8Array>) {
  try {
    return await chunks.next();
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${messageOf(error)}`);
  }
}

function render(report: ImportReport, dryRun: boolean): string {
  const { created, replaced, unchanged, conflicting, conflicts } = report;
  const more = conflicting - conflicts.length;
  const lines = [
    ...conflicts.map(
      ({ line, name, problem }) => `conflict in line ${line}, ${JSON.stringify(name)}: ${problem}`,
    ),
    ...(more > 0 ? [`and ${more} more conflicts`] : []),
    `${created} created, ${replaced} replaced, ${unchanged} unchanged, ${conflicting} in conflict${dryRun ? '; nothing was written, for this was a dry run' : ''}`,
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join('');
}
