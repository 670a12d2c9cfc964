import { parseCanonicalText } from '../schema/canonical.ts';
import { type SchemaChange, schemaChanges } from '../schema/compatibility.ts';
import type { Compatibility, EvolveCall } from './call.ts';
import { isLive } from './entry.ts';
import { ErrFingerprintConflict, ErrManifestNotFound, ErrSchemaIncompatible } from './errors.ts';
import { canonicalContent } from './etag.ts';
import { optional } from './optional.ts';
import { type Plan, refuse, type WriteRules } from './write-rules.ts';

/** EvolveSchema: the explicit way to another fingerprint. */
export const evolveRules: WriteRules<EvolveCall> = {
  method: 'EvolveSchema',

  canonical: (call) => [
    call.expectedEtag,
    call.fromFingerprint,
    call.toFingerprint,
    call.schema ?? null,
    call.compatibility,
    canonicalContent({ objects: call.objects, ...optional({ rowCount: call.rowCount }) }),
  ],

  showsDeleted: false,
  subject: (current) => (isLive(current) ? current : undefined),

  plan(call, current, codec): Plan {
    if (!isLive(current)) return refuse(new ErrManifestNotFound(call.name));
    const { name, schemaFingerprint: replaces } = current;
    if (replaces !== call.fromFingerprint) {
      return refuse(new ErrFingerprintConflict(name, replaces, call.fromFingerprint));
    }
    const { labels, schema: known, formerFingerprints } = codec.head(current);
    const changes = changesBetween(known, call.schema);
    const offending = changes?.filter((change) => breaks(change, call.compatibility)) ?? [];
    if (offending.length > 0) {
      return refuse(new ErrSchemaIncompatible(name, call.compatibility, offending));
    }
    const { toFingerprint: schemaFingerprint, objects, rowCount, schema } = call;
    const given = optional({ rowCount, schema, formerFingerprints });
    const content = { schemaFingerprint, objects, labels, ...given, replaces };
    return { kind: 'write', existing: true, content, changes };
  },
};

/** How two schemas differ; `undefined` unless both are known. */
function changesBetween(
  from: string | undefined,
  to: string | undefined,
): readonly SchemaChange[] | undefined {
  if (from === undefined || to === undefined) return undefined;
  return schemaChanges(parseCanonicalText(from), parseCanonicalText(to));
}

function breaks({ breaksBackward, breaksForward }: SchemaChange, mode: Compatibility): boolean {
  switch (mode) {
    case 'none':
      return false;
    case 'backward':
      return breaksBackward;
    case 'forward':
      return breaksForward;
    case 'full':
      return breaksBackward || breaksForward;
  }
}
