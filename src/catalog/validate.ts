import type { DataObject } from '../manifest/manifest.ts';
import type { RegisterCall } from './call.ts';
import {
  ErrEmptyFingerprint,
  ErrEmptyName,
  ErrInvalidArgument,
  type FieldViolation,
  quote,
} from './errors.ts';
import * as limits from './limits.ts';
import { checkName } from './name.ts';
import { textProblem, utf8Length } from './text.ts';

/** Whether the key of a data object lies in the catalog's own place. */
type IsReserved = (key: string) => boolean;

/** More violations than this help nobody. */
const MAX_VIOLATIONS = 16;
/** What they may take together: common gRPC clients refuse trailers above 8 KiB, with Base64 and all. */
const MAX_VIOLATION_BYTES = 2_048;

/**
 * Checks a call by its own content: all rules that need no manifest.
 *
 * @throws {ErrEmptyName} {@link ErrEmptyFingerprint} before anything else (R1).
 * @throws {ErrInvalidName} for a name against the rules.
 * @throws {ErrInvalidArgument} with one violation per field at fault, 16 at most.
 */
export function checkRegisterCall(call: RegisterCall, isReserved: IsReserved): void {
  if (call.name === '') throw new ErrEmptyName();
  if (call.schemaFingerprint === '') throw new ErrEmptyFingerprint();
  checkName(call.name);
  const violations: FieldViolation[] = [];
  let room = MAX_VIOLATION_BYTES;
  const add = (field: string, description: string | undefined) => {
    if (description === undefined) return;
    room -= utf8Length(field) + utf8Length(description);
    // The first one is shown in any case.
    const fits = violations.length === 0 || (room >= 0 && violations.length < MAX_VIOLATIONS);
    if (fits) violations.push({ field, description });
  };
  add('schema_fingerprint', textProblem(call.schemaFingerprint, 1, limits.MAX_FINGERPRINT_BYTES));
  checkObjects(call.objects, isReserved, add);
  if (call.rowCount !== undefined) add('row_count', countProblem(call.rowCount));
  if (call.labels !== undefined) checkLabels(call.labels, add);
  add('expected_etag', textProblem(call.expectedEtag, 0, limits.MAX_ETAG_BYTES));
  if (!/^[\x20-\x7e]{0,64}$/.test(call.requestId)) {
    add(
      'request_id',
      `must be at most ${limits.MAX_REQUEST_ID_CHARS} printable ASCII characters: ${quote(call.requestId)}`,
    );
  }
  if (violations.length > 0) throw new ErrInvalidArgument(violations);
}

type Add = (field: string, description: string | undefined) => void;

function checkObjects(objects: readonly DataObject[], isReserved: IsReserved, add: Add): void {
  if (objects.length > limits.MAX_OBJECTS) {
    add(
      'objects',
      `must be at most ${limits.MAX_OBJECTS}, not ${objects.length}; for larger datasets a table ` +
        'format such as Iceberg or Delta is the right tool',
    );
    return;
  }
  const seen = new Map<string, number>();
  let total = 0n;
  for (const [i, object] of objects.entries()) {
    const at = (field: string) => `objects[${i}].${field}`;
    add(at('key'), keyProblem(object.key, isReserved));
    const first = seen.get(object.key);
    if (first === undefined) seen.set(object.key, i);
    else add(at('key'), `is the same as that of objects[${first}]: ${quote(object.key)}`);
    add(at('size_bytes'), countProblem(object.sizeBytes));
    if (object.etag !== undefined) {
      add(at('etag'), textProblem(object.etag, 1, limits.MAX_OBJECT_ETAG_BYTES));
    }
    if (object.rowCount !== undefined) add(at('row_count'), countProblem(object.rowCount));
    total += object.sizeBytes;
  }
  if (total > limits.MAX_INT64) add('objects', 'must have sizes whose sum fits into an int64');
}

function keyProblem(key: string, isReserved: IsReserved): string | undefined {
  const problem = textProblem(key, 1, limits.MAX_OBJECT_KEY_BYTES);
  if (problem !== undefined) return `${problem}: ${quote(key)}`;
  return isReserved(key)
    ? `must not lie below the catalog's own _catalog/: ${quote(key)}`
    : undefined;
}

function countProblem(value: bigint): string | undefined {
  return value < 0n ? `must be 0 or more, not ${value}` : undefined;
}

function checkLabels(labels: ReadonlyMap<string, string>, add: Add): void {
  if (labels.size > limits.MAX_LABELS) {
    add('labels', `must be at most ${limits.MAX_LABELS}, not ${labels.size}`);
    return;
  }
  for (const [key, value] of labels) {
    const field = `labels.entries[${quote(key)}]`;
    const ofKey = textProblem(key, 1, limits.MAX_LABEL_KEY_BYTES);
    add(field, ofKey && `key ${ofKey}`);
    const ofValue = textProblem(value, 0, limits.MAX_LABEL_VALUE_BYTES);
    add(field, ofValue && `value ${ofValue}`);
  }
}
