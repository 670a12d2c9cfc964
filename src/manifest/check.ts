import { MAX_FORMER_FINGERPRINTS, MAX_RECENT_WRITES, type ManifestFile } from './manifest.ts';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * Says what is wrong with a manifest file's content: the rules that hold whatever the catalog's own
 * limits are. They are the same for writing and for reading, so that nothing is ever written which
 * could not be read again.
 *
 * @returns one sentence with the field and the value, or `undefined` if all is well.
 */
export function findFault(file: ManifestFile): string | undefined {
  return (
    manifestFault(file) ??
    objectsFault(file) ??
    labelsFault(file) ??
    formerFingerprintsFault(file) ??
    recentWritesFault(file)
  );
}

function manifestFault({ manifest, writeId, deletedAt }: ManifestFile): string | undefined {
  return (
    filled('dataset_id', manifest.datasetId) ??
    filled('name', manifest.name) ??
    // A deleted dataset may have been emptied of all but its name and history.
    (deletedAt === undefined
      ? filled('schema_fingerprint', manifest.schemaFingerprint)
      : undefined) ??
    wellFormed('schema_fingerprint', manifest.schemaFingerprint) ??
    filled('write_id', writeId) ??
    within('created_at', manifest.createdAt, INT64_MIN) ??
    within('updated_at', manifest.updatedAt, INT64_MIN) ??
    within('deleted_at', deletedAt, INT64_MIN) ??
    within('row_count', manifest.rowCount, 0n) ??
    within('version', manifest.version, 1n) ??
    (manifest.schema === undefined ? undefined : filled('schema', manifest.schema))
  );
}

function objectsFault({ manifest }: ManifestFile): string | undefined {
  for (const [i, object] of manifest.objects.entries()) {
    const fault =
      filled('key', object.key) ??
      within('size_bytes', object.sizeBytes, 0n) ??
      within('row_count', object.rowCount, 0n) ??
      wellFormed('etag', object.etag);
    if (fault !== undefined) return `objects[${i}]: ${fault}`;
  }
  return repeatedKeyFault(manifest.objects.map(({ key }) => key));
}

function repeatedKeyFault(keys: readonly string[]): string | undefined {
  // Keys mostly come in order, and then a set of them would take ten times as long.
  if (keys.every((key, i) => i === 0 || key > (keys[i - 1] as string))) return undefined;
  const seen = new Set<string>();
  for (const [i, key] of keys.entries()) {
    seen.add(key);
    if (seen.size === i) return `objects[${i}]: key ${quote(key)} occurs twice`;
  }
  return undefined;
}

function labelsFault({ manifest }: ManifestFile): string | undefined {
  for (const [key, value] of manifest.labels) {
    const fault = filled('key', key) ?? wellFormed(`value of ${quote(key)}`, value);
    if (fault !== undefined) return `labels: ${fault}`;
  }
  return undefined;
}

function formerFingerprintsFault({ manifest }: ManifestFile): string | undefined {
  const { formerFingerprints: formers, version } = manifest;
  if (formers === undefined) return undefined;
  if (formers.length === 0 || formers.length > MAX_FORMER_FINGERPRINTS) {
    return `former_fingerprints has ${formers.length} entries, not 1 to ${MAX_FORMER_FINGERPRINTS}`;
  }
  let before = 1n;
  for (const [i, former] of formers.entries()) {
    const fault =
      filled('schema_fingerprint', former.schemaFingerprint) ??
      within('replaced_at', former.replacedAt, INT64_MIN);
    if (fault !== undefined) return `former_fingerprints[${i}]: ${fault}`;
    if (former.replacedInVersion <= before || former.replacedInVersion > version) {
      return `former_fingerprints[${i}]: version ${former.replacedInVersion} is not between ${before} and ${version}`;
    }
    before = former.replacedInVersion;
  }
  return undefined;
}

function recentWritesFault({ manifest, recentWrites }: ManifestFile): string | undefined {
  if (recentWrites.length > MAX_RECENT_WRITES) {
    return `recent_writes has ${recentWrites.length} entries, more than ${MAX_RECENT_WRITES}`;
  }
  let before = 0n;
  for (const [i, write] of recentWrites.entries()) {
    const fault =
      within('version', write.version, 1n) ??
      filled('write_id', write.writeId) ??
      wellFormed('request_id', write.requestId) ??
      wellFormed('method', write.method) ??
      wellFormed('call_hash', write.callHash);
    if (fault !== undefined) return `recent_writes[${i}]: ${fault}`;
    if (write.version <= before) {
      return `recent_writes[${i}]: version ${write.version} does not come after ${before}`;
    }
    before = write.version;
  }
  if (before !== manifest.version) {
    return `the last of recent_writes is of version ${before}, the manifest of ${manifest.version}`;
  }
  return undefined;
}

function filled(field: string, value: string): string | undefined {
  return value === '' ? `${field} is empty` : wellFormed(field, value);
}

/** A lone surrogate has no UTF-8: an encoder would silently write another string. */
function wellFormed(field: string, value: string | undefined): string | undefined {
  return value === undefined || value.isWellFormed()
    ? undefined
    : `${field} ${quote(value)} is not well-formed Unicode`;
}

function within(field: string, value: bigint | undefined, least: bigint): string | undefined {
  return value === undefined || (value >= least && value <= INT64_MAX)
    ? undefined
    : `${field} is ${value}, not between ${least} and ${INT64_MAX}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text);
}
