import type { DataObject, Manifest } from '../manifest/manifest.ts';
import type { UpdateObjectsCall } from './call.ts';
import { isLive } from './entry.ts';
import {
  ErrFingerprintConflict,
  ErrInvalidArgument,
  ErrManifestNotFound,
  ErrObjectNotFound,
} from './errors.ts';
import { canonicalContent } from './etag.ts';
import { MAX_INT64, MAX_OBJECTS } from './limits.ts';
import { optional } from './optional.ts';
import { type Plan, refuse, type WriteRules } from './write-rules.ts';

/** UpdateObjects: adds, replaces and removes objects by key, all at once. */
export const updateObjectsRules: WriteRules<UpdateObjectsCall> = {
  method: 'UpdateObjects',

  canonical: (call) => [
    call.expectedEtag,
    call.schemaFingerprint,
    call.removeKeys,
    canonicalContent({ objects: call.putObjects, ...optional({ rowCount: call.rowCount }) }),
  ],

  showsDeleted: false,
  subject: (current) => (isLive(current) ? current : undefined),

  plan(call, current, codec): Plan {
    const { name, schemaFingerprint } = call;
    if (!isLive(current)) return refuse(new ErrManifestNotFound(name));
    if (current.schemaFingerprint !== schemaFingerprint) {
      return refuse(new ErrFingerprintConflict(name, current.schemaFingerprint, schemaFingerprint));
    }
    const manifest = codec.decode(current);
    const byKey = new Map(manifest.objects.map((object) => [object.key, object]));
    const gone: DataObject[] = [];
    for (const key of call.removeKeys) {
      const object = byKey.get(key);
      if (object === undefined) return refuse(new ErrObjectNotFound(name, key));
      gone.push(object);
      byKey.delete(key);
    }
    for (const object of call.putObjects) {
      const replaced = byKey.get(object.key);
      if (replaced !== undefined) gone.push(replaced);
      // A Map keeps the place of a key that is set again.
      byKey.set(object.key, object);
    }
    const problem = sizeProblem(byKey);
    if (problem !== undefined) {
      return refuse(new ErrInvalidArgument([{ field: 'put_objects', description: problem }]));
    }
    const { rowCount: before, labels, schema, formerFingerprints } = manifest;
    const rowCount = call.rowCount ?? adjusted(before, gone, call.putObjects);
    const content = { schemaFingerprint, objects: [...byKey.values()], labels };
    const known = optional({ rowCount, schema, formerFingerprints });
    return { kind: 'write', existing: true, content: { ...content, ...known } };
  },
};

function sizeProblem(objects: ReadonlyMap<string, DataObject>): string | undefined {
  if (objects.size > MAX_OBJECTS) {
    return (
      `would make it ${objects.size} objects, and ${MAX_OBJECTS} are the limit; for larger ` +
      'datasets a table format such as Iceberg or Delta is the right tool'
    );
  }
  let total = 0n;
  for (const { sizeBytes } of objects.values()) total += sizeBytes;
  return total > MAX_INT64 ? 'would make the sum of all sizes exceed an int64' : undefined;
}

/** The row count after the objects went and came; unknown unless every count is known. */
function adjusted(
  before: Manifest['rowCount'],
  gone: readonly DataObject[],
  put: readonly DataObject[],
): bigint | undefined {
  if (before === undefined) return undefined;
  let rows = before;
  for (const [objects, sign] of [
    [gone, -1n],
    [put, 1n],
  ] as const) {
    for (const { rowCount } of objects) {
      if (rowCount === undefined) return undefined;
      rows += sign * rowCount;
    }
  }
  // Counts that contradict each other tell nothing.
  return rows < 0n || rows > MAX_INT64 ? undefined : rows;
}
