import { readSettings } from '../../config/read.ts';
import { SETTINGS } from '../../config/settings.ts';
import type { Sources } from '../../config/sources.ts';
import type { ObjectCounts } from '../../maintenance/object-tally.ts';
import { type VerifyReport, verifyCatalog } from '../../maintenance/verify.ts';
import { parseS3Address } from '../../s3/address.ts';
import type { S3Server } from '../../s3/client.ts';
import { parseS3Url } from '../../store/s3-url.ts';
import { EXIT } from '../exit-codes.ts';
import { type Io, writeOut } from '../io.ts';
import { counted } from '../output/counted.ts';
import { escapeText, jsonLine } from '../output/escape.ts';
import { withStore } from '../with-store.ts';

/**
 * Carries out `catalogd verify`.
 *
 * @returns the exit code.
 */
export async function verify(flags: Record<string, unknown>, io: Io): Promise<number> {
  const sources: Sources = { flags, env: io.env };
  const { dataRoot } = await readSettings({ dataRoot: SETTINGS.dataRoot }, sources);
  const given = readServer(flags.dataServer);
  const report = await withStore(sources, false, ({ store, patience }) => {
    const data = { server: given ?? serverOf(store.url), root: dataRoot ?? store.rootUri };
    return verifyCatalog({ store, patience, ...(flags.objects === true && { data }) });
  });
  await writeOut(io.stdout, flags.json === true ? jsonLine(report) : render(report));
  return report.sound ? EXIT.ok : EXIT.corrupt;
}

/** @throws {S3ConfigError} if these are no options of a server. */
function readServer(options: unknown): S3Server | undefined {
  return typeof options === 'string' ? parseS3Address(`s3://any/?${options}`).server : undefined;
}

/** Data lies where the catalog lies, unless told otherwise; else the environment says where. */
function serverOf(storeUrl: string): S3Server {
  return storeUrl.startsWith('s3:')
    ? parseS3Url(storeUrl)
    : { endpoint: undefined, region: undefined, pathStyle: false };
}

function render(report: VerifyReport): string {
  const { manifests, objects, findings, counts, sound } = report;
  const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${report.store}: ${counted(manifests.live, 'dataset')} with ${counted(objects, 'object')}, ${manifests.deleted} deleted, ${manifests.purged} purged`,
    ...(report.looked_up === undefined ? [] : renderObjects(report.looked_up)),
    ...findings.map(({ severity, kind, key, problem }) => `${severity} ${kind} ${key}: ${problem}`),
    ...(found > findings.length ? [`and ${found - findings.length} more`] : []),
    sound ? 'sound' : 'NOT SOUND',
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join('');
}

function renderObjects(counts: ObjectCounts): string[] {
  return [
    `objects: ${counts.ok} as they should be (${counts.without_etag} without an etag to compare), ${counts.missing} missing, ${counts.wrong_size} of another size, ${counts.wrong_etag} with another etag, ${counts.not_checkable} not checkable`,
    ...counts.not_checkable_reasons.map(
      ({ reason, count, example }) => `not checkable: ${count}, such as ${example}: ${reason}`,
    ),
  ];
}
