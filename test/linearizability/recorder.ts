import { performance } from 'node:perf_hooks';
import type { Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import { timestampToMicros } from '../../src/client/client.ts';
import type { CatalogClientError } from '../../src/client/errors.ts';
import type {
  Lost,
  Observed,
  Operation,
  ReadOperation,
  Refusal,
  RegisterOperation,
} from './history.ts';

/** An operation as its caller knows it: the recorder adds the rest. */
type Unnumbered<O extends Operation> = Omit<O, 'id' | 'returned'>;

/** Takes down what clients do and see. */
export class Recorder {
  readonly operations: Operation[] = [];

  /** Milliseconds, on the clock of the history. */
  now(): number {
    return performance.now();
  }

  register(operation: Unnumbered<RegisterOperation>): void {
    this.operations.push({ ...operation, id: this.operations.length, returned: this.now() });
  }

  read(operation: Unnumbered<ReadOperation>): void {
    this.operations.push({ ...operation, id: this.operations.length, returned: this.now() });
  }
}

/** What a manifest says, for the history. */
export function observed(manifest: Manifest): Observed {
  const { createdAt, updatedAt } = manifest;
  return {
    datasetId: manifest.datasetId,
    version: Number(manifest.version),
    marker: Number(manifest.rowCount ?? 0n),
    fingerprint: manifest.schemaFingerprint,
    labels: { ...manifest.labels },
    etag: manifest.etag,
    createdAt: String(createdAt && timestampToMicros(createdAt)),
    updatedAt: String(updatedAt && timestampToMicros(updatedAt)),
  };
}

const REFUSALS: readonly string[] = [
  'ETAG_MISMATCH',
  'FINGERPRINT_CONFLICT',
  'REQUEST_ID_REUSED',
] satisfies Refusal[];

/** What a register's error tells. */
export function registerError(error: CatalogClientError): RegisterOperation['outcome'] {
  if (REFUSALS.includes(error.reason)) {
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
