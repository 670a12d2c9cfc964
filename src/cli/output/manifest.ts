import type { DataObject, Manifest } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { formatTimestamp } from '../../client/times.ts';
import { type Column, renderFields } from './table.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** A size for people: `17 B`, `1.2 MiB`. */
export function formatBytes(bytes: bigint): string {
  let value = Number(bytes);
  let unit = 0;
  // 1023.95 and above would be shown as 1024.0.
  while (value >= 1023.95 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Everything of a manifest but its objects and its schema, as aligned lines. */
export function renderManifest(manifest: Manifest): string {
  const labels = Object.entries(manifest.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return renderFields([
    ['name', manifest.name],
    ['dataset id', manifest.datasetId],
    ['version', String(manifest.version)],
    ['etag', manifest.etag],
    ['fingerprint', manifest.schemaFingerprint],
    ['rows', formatRows(manifest.rowCount, 'unknown')],
    ['objects', String(manifest.objectCount)],
    ['size', `${formatBytes(manifest.totalSizeBytes)} (${manifest.totalSizeBytes} bytes)`],
    ['created', manifest.createdAt ? formatTimestamp(manifest.createdAt) : ''],
    ['updated', manifest.updatedAt ? formatTimestamp(manifest.updatedAt) : ''],
    ...(manifest.deletedAt ? [['deleted', formatTimestamp(manifest.deletedAt)] as const] : []),
    ...manifest.formerFingerprints.map(
      ({ schemaFingerprint, replacedInVersion }, i) =>
        [i === 0 ? 'formerly' : '', `${schemaFingerprint}, until ${replacedInVersion}`] as const,
    ),
    ...labels.map(
      ([key, value], i) => [i === 0 ? 'labels' : '', `${key}=${value}`] as [string, string],
    ),
  ]);
}

/** The columns of a listing of manifests. Names come last, so that long ones break no column. */
export const MANIFEST_COLUMNS: readonly Column[] = [
  { title: 'UPDATED', align: 'left' },
  { title: 'VERSION', align: 'right' },
  { title: 'ROWS', align: 'right' },
  { title: 'OBJECTS', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'NAME', align: 'left' },
];

/** The cells of a manifest under {@link MANIFEST_COLUMNS}. */
export function manifestRow(manifest: Manifest): string[] {
  return [
    manifest.updatedAt ? formatTimestamp(manifest.updatedAt) : '-',
    String(manifest.version),
    formatRows(manifest.rowCount, '-'),
    String(manifest.objectCount),
    formatBytes(manifest.totalSizeBytes),
    manifest.name,
  ];
}

/** The columns of a listing of objects. */
export const OBJECT_COLUMNS: readonly Column[] = [
  { title: 'BYTES', align: 'right' },
  { title: 'ROWS', align: 'right' },
  { title: 'ETAG', align: 'left' },
  { title: 'KEY', align: 'left' },
];

/** The cells of an object under {@link OBJECT_COLUMNS}. */
export function objectRow(object: DataObject): string[] {
  return [
    String(object.sizeBytes),
    formatRows(object.rowCount, '-'),
    object.etag ?? '-',
    object.key,
  ];
}

/** Unset and 0 are different statements. */
function formatRows(rowCount: bigint | undefined, unset: string): string {
  return rowCount === undefined ? unset : String(rowCount);
}
