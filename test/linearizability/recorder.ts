import { performance } from 'node:perf_hooks';
import type { Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import { timestampToMicros } from '../../src/client/client.ts';
import type { CatalogClientError } from '../../src/client/errors.ts';
import {
  type Lost,
  type Observed,
  type Operation,
  REFUSALS,
  type ReadOperation,
  type Refusal,
  type WriteOperation,
} from './history.ts';
import { UNSET } from './input.ts';

/** An operation as its caller knows it: the recorder adds the rest. */
type Unnumbered<O extends Operation> = Omit<O, 'id' | 'returned'>;

/** Takes down what clients do and see. */
export class Recorder {
  readonly operations: Operation[] = [];

  /** Milliseconds, on the clock of the history. */
  now(): number {
    return performance.now();
  }

  write(operation: Unnumbered<WriteOperation>): void {
    this.operations.push({ ...operation, id: this.operations.length, returned: this.now() });
  }

  read(operation: Unnumbered<ReadOperation>): void {
    this.operations.push({ ...operation, id: this.operations.length, returned: this.now() });
  }
}

/** What a manifest says, for the history. */
export function observed(manifest: Manifest): Observed {
  const { createdAt, updatedAt, deletedAt, objects, objectsOmitted } = manifest;
  return {
    datasetId: manifest.datasetId,
    version: Number(manifest.version),
    marker: Number(manifest.rowCount ?? UNSET),
    fingerprint: manifest.schemaFingerprint,
    labels: { ...manifest.labels },
    objects: objectsOmitted
      ? null
      : objects.map(({ key, sizeBytes, rowCount }) => ({
          key,
          size: Number(sizeBytes),
          rows: Number(rowCount ?? UNSET),
        })),
    objectCount: Number(manifest.objectCount),
    totalSize: Number(manifest.totalSizeBytes),
    formers: manifest.formerFingerprints.map(
      (each) => `${each.schemaFingerprint}@${each.replacedInVersion}`,
    ),
    etag: manifest.etag,
    createdAt: String(createdAt && timestampToMicros(createdAt)),
    updatedAt: String(updatedAt && timestampToMicros(updatedAt)),
    deletedAt: deletedAt === undefined ? null : String(timestampToMicros(deletedAt)),
  };
}

/** What a write's error tells. */
export function writeError(error: CatalogClientError): WriteOperation['outcome'] {
  if ((REFUSALS as readonly string[]).includes(error.reason)) {
    return { kind: 'refused', reason: error.reason as Refusal, metadata: error.metadata };
  }
  return lost(error);
}

/** What a read's error tells. */
export function readError(error: CatalogClientError): ReadOperation['outcome'] {
  if (error.reason === 'MANIFEST_NOT_FOUND') return { kind: 'ok', manifest: null };
  const [violation] = error.violations;
  if (error.reason === 'INVALID_ARGUMENT' && violation?.subject === 'min_version') {
    return { kind: 'below' };
  }
  return lost(error);
}

/** Codes which the client's transport gives by itself when the connection or the time ends. */
const OF_TRANSPORT = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'UNAVAILABLE',
]);

function lost({ reason, code, message }: CatalogClientError): Lost {
  if (reason === 'OUTCOME_UNKNOWN') return { kind: 'unknown', reason };
  if (reason !== '') return { kind: 'failed', reason };
  return { kind: 'failed', reason: OF_TRANSPORT.has(code) ? 'TRANSPORT' : `${code}: ${message}` };
}
