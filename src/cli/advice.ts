/** What an error of the service offers to advise on. */
interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const BY_REASON: Readonly<Record<string, string>> = {
  MANIFEST_NOT_FOUND:
    '`catalogd list` shows the names that exist, with --show-deleted those that were deleted too',
  OBJECT_NOT_FOUND: '`catalogd objects NAME` lists the keys that are there',
  MANIFEST_EXISTS: 'there is nothing to undelete',
  NOT_DELETED: 'only what is deleted can be purged: `catalogd delete NAME` first',
  SCHEMA_INCOMPATIBLE:
    'to see all changes: the same command with `--compatibility none --validate-only`',
  ETAG_MISMATCH: 'somebody has written it: look at it again with `catalogd get`, then decide',
  REQUEST_ID_REUSED: 'take a new --request-id, or leave it out',
  VERSION_GONE: 'the dataset was written meanwhile: run the command again',
  CONTENDED: 'many write this dataset at once: try again later',
  TOO_BUSY: 'try again later',
  NOT_READY: 'the service is loading its catalog: try again in a moment',
  STORE_UNAVAILABLE: 'the service does not reach its store: its log says why; try again later',
  MANIFEST_TOO_LARGE:
    '`--view basic` shows all but the objects; `catalogd objects NAME` lists those',
  UPGRADE_REQUIRED: 'a newer catalogd wrote it: upgrade the service',
  NAME_COLLIDES: "the store's file system takes two names for one: choose another name",
  UNAUTHENTICATED:
    'send a good token with --token-file, or a certificate with --tls-cert and --tls-key',
  PERMISSION_DENIED: 'ask who keeps the policy of the service for that role',
  AUTHENTICATION_UNAVAILABLE: 'the service does not reach the issuer of tokens: its log says why',
  CORRUPT_MANIFEST:
    'its file in the store is damaged: restore it from a backup or an older version',
};

const BY_CODE: Readonly<Record<string, string>> = {
  UNAVAILABLE: 'is it running there? start it with `catalogd serve`, or say where with --address',
  DEADLINE_EXCEEDED: 'allow more time with --timeout, or look at the log of the service',
  UNIMPLEMENTED: 'what answers there is no catalogd, or an older one: check --address',
};

/** What to do about an error of the service, if there is anything to say. */
export function adviceFor({ code, reason, metadata }: Failure): string | undefined {
  if (reason === 'OUTCOME_UNKNOWN') {
    const id = metadata.request_id;
    return `repeat the command${id === undefined ? '' : ` with --request-id ${id}`}: what was done already is not done twice`;
  }
  if (reason === 'FINGERPRINT_CONFLICT') return adviceOnConflict(metadata);
  return BY_REASON[reason] ?? (reason === '' ? BY_CODE[code] : undefined);
}

/** Fingerprints say that schemas differ and never in what; the files can tell, if there are any. */
function adviceOnConflict({ name = 'NAME', ...metadata }: Failure['metadata']): string {
  const ours = [metadata.current_fingerprint, metadata.given_fingerprint].map(
    (each) => /^parquet-v\d+:/.exec(each ?? '')?.[0],
  );
  if (ours[0] !== undefined && ours[0] === ours[1]) {
    return `both are made of Parquet schemas, which differ in a column's name, place, type or REQUIRED/OPTIONAL; to see the first one, try a registered file with one of yours: \`catalogd objects ${name}\`, then \`catalogd register ${name} REGISTERED_FILE YOUR_FILE --dry-run\`. If the schema is to change: \`catalogd evolve ${name} YOUR_FILE...\`; else another schema needs another name`;
  }
  if (ours[1] !== undefined) {
    return `the registered fingerprint was not made by \`catalogd register ${name} PATH...\`: give the same as before with --objects and --fingerprint, take another name, or change it with \`catalogd evolve\``;
  }
  return 'the schema is another one: register it under another name, check that the files are of this dataset, or change it with `catalogd evolve`';
}
