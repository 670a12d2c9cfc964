import { randomUUID } from 'node:crypto';
import { datasetIdForName } from '../../../src/catalog/dataset-id.ts';
import { encodeManifest } from '../../../src/manifest/encode.ts';
import { MAX_RECENT_WRITES, type RecentWrite } from '../../../src/manifest/manifest.ts';

/** A manifest file that somebody has written. */
export interface Written {
  readonly body: Uint8Array;
  readonly recentWrites: readonly RecentWrite[];
}

/** The fingerprint of every dataset here. */
export const FINGERPRINT = `parquet-v1:${'5'.repeat(64)}`;

/** What a replica writes when a dataset with two objects is registered, for the first time or once more. */
export function manifestAt(name: string, before?: Written): Written {
  const version = (before?.recentWrites.at(-1)?.version ?? 0n) + 1n;
  const writeId = randomUUID();
  const write: RecentWrite = {
    version,
    writeId,
    requestId: '',
    method: 'RegisterManifest',
    existing: version > 1n,
    callHash: '',
  };
  const recentWrites = [...(before?.recentWrites ?? []), write].slice(-MAX_RECENT_WRITES);
  const createdAt = 1_760_000_000_000_000n;
  const manifest = {
    datasetId: datasetIdForName(name),
    name,
    schemaFingerprint: FINGERPRINT,
    objects: [0, 1].map((part) => ({
      key: `s3://lake/${name}/part-${part}.parquet`,
      sizeBytes: 128_000_000n,
      rowCount: 1_000_000n,
    })),
    createdAt,
    updatedAt: createdAt + version,
    rowCount: 2_000_000n,
    version,
    labels: new Map([['team', 'reliability']]),
  };
  return { body: encodeManifest({ manifest, writeId, recentWrites }), recentWrites };
}
