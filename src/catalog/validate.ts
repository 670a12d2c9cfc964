import type { DataObject } from '../manifest/manifest.ts';
import { fingerprintOfText, isOwnScheme } from '../schema/canonical.ts';
import { schemaTextProblem } from '../schema/check.ts';
import type { EvolveCall, RegisterCall, UpdateObjectsCall, WriteCall } from './call.ts';
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
 * Checks a call of RegisterManifest by its own content: all rules that need no manifest.
 *
 * @throws {ErrEmptyName} {@link ErrEmptyFingerprint} before anything else (R1).
 * @throws {ErrInvalidName} for a name against the rules.
 * @throws {ErrInvalidArgument} with one violation per field at fault, 16 at most.
 */
export function checkRegisterCall(call: RegisterCall, isReserved: IsReserved): void {
  checkNamed(call.name, 'schema_fingerprint', call.schemaFingerprint);
  const { add, refuse } = violations();
  addFingerprint('schema_fingerprint', call.schemaFingerprint, add);
  addSchema('schema_fingerprint', call.schemaFingerprint, call.schema, add);
  addObjects('objects', call.objects, isReserved, add);
  if (call.rowCount !== undefined) add('row_count', countProblem(call.rowCount));
  if (call.labels !== undefined) addLabels('labels', 'labels.entries', call.labels, add);
  addConditions(call, add);
  refuse();
}

/**
 * Checks a call of EvolveSchema by its own content.
 *
 * @throws as {@link checkRegisterCall}.
 */
export function checkEvolveCall(call: EvolveCall, isReserved: IsReserved): void {
  checkNamed(call.name, 'from_fingerprint', call.fromFingerprint);
  checkNamed(call.name, 'to_fingerprint', call.toFingerprint);
  const { add, refuse } = violations();
  addFingerprint('from_fingerprint', call.fromFingerprint, add);
  addFingerprint('to_fingerprint', call.toFingerprint, add);
  if (call.fromFingerprint === call.toFingerprint) {
    const same =
      'must differ from from_fingerprint; to replace objects alone, register or update them';
    add('to_fingerprint', same);
  }
  addSchema('to_fingerprint', call.toFingerprint, call.schema, add);
  addObjects('objects', call.objects, isReserved, add);
  if (call.rowCount !== undefined) add('row_count', countProblem(call.rowCount));
  addConditions(call, add);
  refuse();
}

/**
 * Checks a call of UpdateObjects by its own content.
 *
 * @throws as {@link checkRegisterCall}.
 */
export function checkUpdateObjectsCall(call: UpdateObjectsCall, isReserved: IsReserved): void {
  checkNamed(call.name, 'schema_fingerprint', call.schemaFingerprint);
  const { add, refuse } = violations();
  addFingerprint('schema_fingerprint', call.schemaFingerprint, add);
  addObjects('put_objects', call.putObjects, isReserved, add);
  addRemoveKeys(call, add);
  if (call.rowCount !== undefined) add('row_count', countProblem(call.rowCount));
  addConditions(call, add);
  refuse();
}

/**
 * Checks what every call that writes has: all there is to a delete.
 *
 * @throws {ErrEmptyName} {@link ErrInvalidName} {@link ErrInvalidArgument}
 */
export function checkWriteCall(call: WriteCall): void {
  checkName(call.name);
  const { add, refuse } = violations();
  addConditions(call, add);
  refuse();
}

/**
 * Checks the conditions of a filter on labels.
 *
 * @throws {ErrInvalidArgument}
 */
export function checkLabelFilter(
  labels: ReadonlyMap<string, string>,
  keys: readonly string[],
): void {
  const { add, refuse } = violations();
  addLabels('filter.labels', 'filter.labels', labels, add);
  addLabels('filter.label_keys', 'filter.label_keys', new Map(keys.map((key) => [key, ''])), add);
  refuse();
}

type Add = (field: string, description: string | undefined) => void;

/** Collects violations, as many as an error can carry. */
function violations(): { readonly add: Add; readonly refuse: () => void } {
  const found: FieldViolation[] = [];
  let room = MAX_VIOLATION_BYTES;
  const add: Add = (field, description) => {
    if (description === undefined) return;
    room -= utf8Length(field) + utf8Length(description);
    // The first one is shown in any case.
    const fits = found.length === 0 || (room >= 0 && found.length < MAX_VIOLATIONS);
    if (fits) found.push({ field, description });
  };
  const refuse = () => {
    if (found.length > 0) throw new ErrInvalidArgument(found);
  };
  return { add, refuse };
}

/**
 * Checks what is refused before anything else (R1).
 *
 * @param field how the request names the field of the fingerprint.
 * @throws {ErrEmptyName} {@link ErrEmptyFingerprint} {@link ErrInvalidName}
 */
export function checkNamed(name: string, field: string, fingerprint: string): void {
  if (name === '') throw new ErrEmptyName();
  if (fingerprint === '') throw new ErrEmptyFingerprint(field);
  checkName(name);
}

function addFingerprint(field: string, fingerprint: string, add: Add): void {
  add(field, textProblem(fingerprint, 1, limits.MAX_FINGERPRINT_BYTES));
}

/** Where the fingerprint is of our own scheme, a schema must be the one that it is of. */
function addSchema(field: string, fingerprint: string, schema: string | undefined, add: Add): void {
  if (schema === undefined) return;
  const problem = schemaTextProblem(schema);
  add('schema', problem);
  if (problem !== undefined || !isOwnScheme(fingerprint)) return;
  const actual = fingerprintOfText(schema);
  if (actual === fingerprint) return;
  add(field, `is not that of the schema given, which is ${quote(actual)}: ${quote(fingerprint)}`);
}

function addConditions({ expectedEtag, requestId }: WriteCall, add: Add): void {
  add('expected_etag', textProblem(expectedEtag, 0, limits.MAX_ETAG_BYTES));
  if (!/^[\x20-\x7e]{0,64}$/.test(requestId)) {
    add(
      'request_id',
      `must be at most ${limits.MAX_REQUEST_ID_CHARS} printable ASCII characters: ${quote(requestId)}`,
    );
  }
}

function addRemoveKeys({ putObjects, removeKeys }: UpdateObjectsCall, add: Add): void {
  if (removeKeys.length > limits.MAX_OBJECTS) {
    add('remove_keys', `must be at most ${limits.MAX_OBJECTS}, not ${removeKeys.length}`);
    return;
  }
  const put = new Set(putObjects.map(({ key }) => key));
  const seen = new Set<string>();
  for (const [i, key] of removeKeys.entries()) {
    const field = `remove_keys[${i}]`;
    const problem = textProblem(key, 1, limits.MAX_OBJECT_KEY_BYTES);
    add(field, problem && `${problem}: ${quote(key)}`);
    if (seen.has(key)) add(field, `is there twice: ${quote(key)}`);
    if (put.has(key)) add(field, `is also among put_objects: ${quote(key)}`);
    seen.add(key);
  }
}

function addObjects(
  field: string,
  objects: readonly DataObject[],
  isReserved: IsReserved,
  add: Add,
): void {
  if (objects.length > limits.MAX_OBJECTS) {
    add(
      field,
      `must be at most ${limits.MAX_OBJECTS}, not ${objects.length}; for larger datasets a table ` +
        'format such as Iceberg or Delta is the right tool',
    );
    return;
  }
  const seen = new Map<string, number>();
  let total = 0n;
  for (const [i, object] of objects.entries()) {
    const at = (part: string) => `${field}[${i}].${part}`;
    add(at('key'), keyProblem(object.key, isReserved));
    const first = seen.get(object.key);
    if (first === undefined) seen.set(object.key, i);
    else add(at('key'), `is the same as that of ${field}[${first}]: ${quote(object.key)}`);
    add(at('size_bytes'), countProblem(object.sizeBytes));
    if (object.etag !== undefined) {
      add(at('etag'), textProblem(object.etag, 1, limits.MAX_OBJECT_ETAG_BYTES));
    }
    if (object.rowCount !== undefined) add(at('row_count'), countProblem(object.rowCount));
    total += object.sizeBytes;
  }
  if (total > limits.MAX_INT64) add(field, 'must have sizes whose sum fits into an int64');
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

/**
 * @param field how the request names the field; `entries`: how its entries begin.
 */
function addLabels(
  field: string,
  entries: string,
  labels: ReadonlyMap<string, string>,
  add: Add,
): void {
  if (labels.size > limits.MAX_LABELS) {
    add(field, `must be at most ${limits.MAX_LABELS}, not ${labels.size}`);
    return;
  }
  for (const [key, value] of labels) {
    const entry = `${entries}[${quote(key)}]`;
    const ofKey = textProblem(key, 1, limits.MAX_LABEL_KEY_BYTES);
    add(entry, ofKey && `key ${ofKey}`);
    const ofValue = textProblem(value, 0, limits.MAX_LABEL_VALUE_BYTES);
    add(entry, ofValue && `value ${ofValue}`);
  }
}
