import type { SchemaChange } from '../schema/compatibility.ts';
import { cutToBytes } from './text.ts';

/** One field of a request that breaks a rule. */
export interface FieldViolation {
  /** Path of the field as the request names it, for example `objects[3].key`. */
  readonly field: string;
  /** Which rule it breaks, with the value. */
  readonly description: string;
}

/** Why nobody waits any more: the deadline passed, the caller cancelled, or this process ends. */
export type LeftBecause = 'deadline' | 'canceled' | 'shutdown';

interface Options {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * The base of all errors which a caller of the catalog can get on purpose. The message is for the
 * caller; `cause` is for the log alone and never leaves the process.
 */
export abstract class CatalogError extends Error {
  /** A stable word for machines; with the domain `catalogd` it names the error for ever (AIP-193). */
  abstract readonly reason: string;
  /** Each variable part of the message. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields at fault, where the request is. */
  readonly violations: readonly FieldViolation[];
  /** When it is worth trying again, in milliseconds; absent where trying again does not help. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: Options = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** Quotes a value for a message: escaped, and cut so that a stranger's megabytes do not come back. */
export function quote(value: string): string {
  const shown = cutToBytes(value, 160);
  return shown === value
    ? JSON.stringify(value)
    : `${JSON.stringify(shown)}... (${value.length} characters)`;
}

/** The request breaks rules which stand at its fields. Base of the more special refusals. */
export class ErrInvalidArgument extends CatalogError {
  readonly reason: string = 'INVALID_ARGUMENT';

  constructor(violations: readonly FieldViolation[]) {
    const [first] = violations;
    const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
    super(`${first?.field}: ${first?.description}${more}`, {
      violations,
      metadata: { field: first?.field ?? '', description: first?.description ?? '' },
    });
  }
}

/** A name is required and was not given (R1). */
export class ErrEmptyName extends ErrInvalidArgument {
  override readonly reason = 'EMPTY_NAME';
  constructor(field = 'name') {
    super([{ field, description: 'must not be empty; give the name of the dataset' }]);
  }
}

/** A schema fingerprint is required and was not given (R1). */
export class ErrEmptyFingerprint extends ErrInvalidArgument {
  override readonly reason = 'EMPTY_FINGERPRINT';
  constructor(field = 'schema_fingerprint') {
    super([
      {
        field,
        description: "must not be empty; give the fingerprint of the dataset's schema",
      },
    ]);
  }
}

/** The name breaks one of the rules for names. */
export class ErrInvalidName extends ErrInvalidArgument {
  override readonly reason = 'INVALID_NAME';
}

/** The page token is not one of this catalog's, or belongs to another request. */
export class ErrBadPageToken extends ErrInvalidArgument {
  override readonly reason = 'BAD_PAGE_TOKEN';
  constructor(description: string) {
    super([{ field: 'page_token', description }]);
  }
}

/** The request id is that of another call (R14). */
export class ErrRequestIdReused extends CatalogError {
  readonly reason = 'REQUEST_ID_REUSED';
  constructor(name: string, requestId: string, version: bigint) {
    const description =
      `${quote(requestId)} belongs to another call, which wrote version ${version} of ` +
      `${quote(name)}; use a new request id for a new call`;
    super(`request_id: ${description}`, {
      violations: [{ field: 'request_id', description }],
      metadata: { name, request_id: requestId, version: String(version) },
    });
  }
}

/** The dataset has another schema fingerprint (R4). Nothing changed. */
export class ErrFingerprintConflict extends CatalogError {
  readonly reason = 'FINGERPRINT_CONFLICT';
  constructor(name: string, current: string, given: string) {
    super(
      `dataset ${quote(name)} is registered with schema fingerprint ${quote(current)}, ` +
        `not ${quote(given)}; give the schema it has, register under another name, or evolve it`,
      { metadata: { name, current_fingerprint: current, given_fingerprint: given } },
    );
  }
}

/** More broken fields than this help nobody; all of them have to fit into the trailers. */
const MAX_SHOWN_CHANGES = 10;

/** The new schema does not get along with the current one in the mode asked for. Nothing changed. */
export class ErrSchemaIncompatible extends CatalogError {
  readonly reason = 'SCHEMA_INCOMPATIBLE';
  /** The offending changes: the first few, as many as fit into an error. */
  readonly changes: readonly SchemaChange[];
  constructor(name: string, mode: string, changes: readonly SchemaChange[]) {
    const [first] = changes;
    const more = changes.length > 1 ? ` (and ${changes.length - 1} more)` : '';
    super(
      `the new schema of ${quote(name)} is not ${mode} compatible: ${quote(first?.path ?? '')} ` +
        `${cut(first?.description ?? '')}${more}; change it, or evolve without a compatibility mode`,
      {
        metadata: {
          name,
          compatibility: mode.toUpperCase(),
          path: cut(first?.path ?? ''),
          description: cut(first?.description ?? ''),
          offending: String(changes.length),
        },
      },
    );
    this.changes = changes.slice(0, MAX_SHOWN_CHANGES).map((change) => ({
      ...change,
      path: cut(change.path),
      description: cut(change.description),
    }));
  }
}

function cut(text: string): string {
  const shown = cutToBytes(text, 100);
  return shown === text ? text : `${shown}...`;
}

/** The manifest was written by a newer catalogd; rewriting it here would drop what that one wrote. */
export class ErrUpgradeRequired extends CatalogError {
  readonly reason = 'UPGRADE_REQUIRED';
  constructor(name: string, options: { cause?: unknown } = {}) {
    super(
      `the manifest of ${quote(name)} was written by a newer catalogd and cannot be ` +
        'rewritten by this one; upgrade this replica',
      { metadata: { name }, ...options },
    );
  }
}

/** There is no dataset of that name (R8). */
export class ErrManifestNotFound extends CatalogError {
  readonly reason = 'MANIFEST_NOT_FOUND';
  constructor(name: string) {
    super(`no dataset named ${quote(name)} is registered`, { metadata: { name } });
  }
}

/** The dataset has no object of that key. Nothing changed. */
export class ErrObjectNotFound extends CatalogError {
  readonly reason = 'OBJECT_NOT_FOUND';
  constructor(name: string, key: string) {
    super(`dataset ${quote(name)} has no object ${quote(key)}; nothing was changed`, {
      metadata: { name, key },
    });
  }
}

/** The dataset is not deleted, so it cannot be undeleted. */
export class ErrManifestExists extends CatalogError {
  readonly reason = 'MANIFEST_EXISTS';
  constructor(name: string) {
    super(`dataset ${quote(name)} is not deleted`, { metadata: { name } });
  }
}

/** Only what is deleted can be purged. */
export class ErrNotDeleted extends CatalogError {
  readonly reason = 'NOT_DELETED';
  constructor(name: string) {
    super(`dataset ${quote(name)} is not deleted, so it cannot be purged; delete it first`, {
      metadata: { name },
    });
  }
}

/** The manifest is not at the etag which the caller expects. Nothing changed. */
export class ErrEtagMismatch extends CatalogError {
  readonly reason = 'ETAG_MISMATCH';
  constructor(name: string, expected: string, current: string | undefined) {
    super(
      current === undefined
        ? `dataset ${quote(name)} does not exist, so it is not at etag ${quote(expected)}`
        : `dataset ${quote(name)} is at etag ${quote(current)}, not ${quote(expected)}; read it again`,
      { metadata: { name, expected_etag: expected, current_etag: current ?? '' } },
    );
  }
}

/** The version which is being paged through is no longer the current one. */
export class ErrVersionGone extends CatalogError {
  readonly reason = 'VERSION_GONE';
  constructor(name: string, version: bigint, current: bigint) {
    super(
      `dataset ${quote(name)} is at version ${current} now; version ${version} is gone, ` +
        'start again without a page token',
      { metadata: { name, version: String(version), current_version: String(current) } },
    );
  }
}

/** Other replicas won every race for this name. Nothing changed. */
export class ErrContended extends CatalogError {
  readonly reason = 'CONTENDED';
  constructor(name: string, attempts: number, retryAfterMs: number) {
    super(
      `dataset ${quote(name)} is being written by others: ${attempts} attempts lost the race; try again`,
      { metadata: { name, attempts: String(attempts) }, retryAfterMs },
    );
  }
}

/** The store cannot be reached or refuses us. It is known that nothing changed. */
export class ErrStoreUnavailable extends CatalogError {
  readonly reason = 'STORE_UNAVAILABLE';
  constructor(options: { cause?: unknown } = {}) {
    super('the store of the catalog is unavailable; nothing was changed, try again', {
      retryAfterMs: 1_000,
      ...options,
    });
  }
}

/** The catalog has not been loaded yet, or is shutting down. */
export class ErrNotReady extends CatalogError {
  readonly reason = 'NOT_READY';
  constructor(because: 'loading' | 'shutdown' = 'loading') {
    super(
      because === 'loading'
        ? 'the catalog is still being loaded from its store; try again'
        : 'this replica is shutting down and nothing was changed; try again at another one',
      { retryAfterMs: 1_000 },
    );
  }
}

/** The write was sent and may or may not happen (R6, R15). */
export class ErrOutcomeUnknown extends CatalogError {
  readonly reason = 'OUTCOME_UNKNOWN';
  /** Set where the caller left before the outcome was decided. */
  readonly left: LeftBecause | undefined;
  constructor(name: string, options: { left?: LeftBecause; cause?: unknown } = {}) {
    super(
      `the write of ${quote(name)} was sent to the store and its outcome is not known; it is safe ` +
        'to repeat it with the same request_id, else only with expected_etag',
      { metadata: { name }, cause: options.cause, retryAfterMs: 1_000 },
    );
    this.left = options.left;
  }
}

/** The caller's deadline passed before anything was sent. Nothing changed. */
export class ErrDeadlineExceeded extends CatalogError {
  readonly reason = 'DEADLINE_EXCEEDED';
  constructor() {
    super('the deadline of the call passed before it was answered; nothing was changed');
  }
}

/** The caller cancelled before anything was sent. Nothing changed. */
export class ErrCanceled extends CatalogError {
  readonly reason = 'CANCELED';
  constructor(options: { cause?: unknown } = {}) {
    super('the call was cancelled before it was answered; nothing was changed', options);
  }
}

/** The manifest with its objects does not fit into one answer. */
export class ErrManifestTooLarge extends CatalogError {
  readonly reason = 'MANIFEST_TOO_LARGE';
  constructor(name: string, objectCount: number) {
    super(
      `the manifest of ${quote(name)} has ${objectCount} objects, too many for one answer; ` +
        'ask for the BASIC view, and for the objects by ListObjects',
      { metadata: { name, object_count: String(objectCount) } },
    );
  }
}

/** What there may be too many of at a time. */
export type BusyWith =
  | 'calls'
  | 'reads'
  | 'writes'
  | 'writes of the name'
  | 'writes of the caller'
  | 'watchers of the caller';

/** Too many calls are waiting for the store already. Nothing changed. */
export class ErrTooBusy extends CatalogError {
  readonly reason = 'TOO_BUSY';
  readonly what: BusyWith;
  constructor(what: BusyWith, waiting: number) {
    super(`${waiting} ${what} are under way already, which is the limit; try again`, {
      metadata: { what, waiting: String(waiting) },
      retryAfterMs: 1_000,
    });
    this.what = what;
  }
}

/** As many streams of changes as there may be are open already. */
export class ErrTooManyWatchers extends CatalogError {
  readonly reason = 'TOO_MANY_WATCHERS';
  constructor(limit: number, retryAfterMs: number) {
    super(
      `${limit} watchers are connected to this replica already, which is the limit; ` +
        'try again later or at another replica',
      { metadata: { limit: String(limit) }, retryAfterMs },
    );
  }
}

/** More names have changed than are kept for a watcher that does not read them. */
export class ErrWatchTooSlow extends CatalogError {
  readonly reason = 'WATCH_TOO_SLOW';
  constructor(limit: number, retryAfterMs: number) {
    super(
      `more than ${limit} names have changed since this watcher read last; begin again with the ` +
        'latest resume_token, and read faster or fewer names',
      { metadata: { limit: String(limit) }, retryAfterMs },
    );
  }
}

/** The manifest's file is damaged or not that of this name. */
export class ErrCorruptManifest extends CatalogError {
  readonly reason = 'CORRUPT_MANIFEST';
  constructor(key: string, options: { cause?: unknown } = {}) {
    super(
      `the manifest file ${quote(key)} is damaged; restore it from a backup, or remove it to ` +
        'have the dataset forgotten',
      { metadata: { key }, ...options },
    );
  }
}

/** The store's file system takes this name for that of another dataset. */
export class ErrNameCollides extends CatalogError {
  readonly reason = 'NAME_COLLIDES';
  constructor(name: string, options: { cause?: unknown } = {}) {
    super(
      `the file system of the catalog's store cannot tell ${quote(name)} from the name of another ` +
        'dataset, for example because it ignores case; choose another name',
      { metadata: { name }, ...options },
    );
  }
}
