import type { RegisterCall } from './call.ts';
import { type Entry, isLive, type ViewCodec } from './entry.ts';
import { ErrFingerprintConflict } from './errors.ts';
import { canonicalContent } from './etag.ts';
import { optional } from './optional.ts';
import { type Plan, refuse, type WriteRules } from './write-rules.ts';

/** RegisterManifest: idempotent by name and schema fingerprint (R2-R4). */
export const registerRules: WriteRules<RegisterCall> = {
  method: 'RegisterManifest',

  canonical(call) {
    const { schemaFingerprint, expectedEtag, objects, rowCount, labels, schema } = call;
    const content = canonicalContent({ objects, labels, ...optional({ rowCount }) });
    const given = [schemaFingerprint, expectedEtag, content];
    // Records of writes from before there were schemas stay good.
    return schema === undefined ? given : [...given, schema];
  },

  showsDeleted: false,
  subject: (current) => (isLive(current) ? current : undefined),

  plan(call, current, codec): Plan {
    const prior = isLive(current) ? current : undefined;
    if (prior !== undefined && prior.schemaFingerprint !== call.schemaFingerprint) {
      const { name, schemaFingerprint: given } = call;
      return refuse(new ErrFingerprintConflict(name, prior.schemaFingerprint, given));
    }
    const { schemaFingerprint, objects } = call;
    const stays = prior === undefined ? NEW : whatStays(prior, codec);
    const { rowCount, labels = stays.labels, schema } = call;
    const given = { labels, ...optional({ rowCount, schema }) };
    return {
      kind: 'write',
      existing: prior !== undefined,
      content: { ...stays, schemaFingerprint, objects, ...given, createdNow: prior === undefined },
    };
  },
};

const NEW = { labels: new Map<string, string>() };

/** Labels, schema and history: what a register that does not mention them leaves alone. */
function whatStays(prior: Entry, codec: ViewCodec) {
  const { labels, schema, formerFingerprints } = codec.head(prior);
  return { labels, ...optional({ schema, formerFingerprints }) };
}
