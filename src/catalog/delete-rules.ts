import type { DeleteCall, UndeleteCall, WriteCall } from './call.ts';
import { type Entry, isKept, isLive, isRestorable, type ViewCodec } from './entry.ts';
import { ErrManifestExists, ErrManifestNotFound, ErrNotDeleted } from './errors.ts';
import { optional } from './optional.ts';
import { type Content, type Plan, refuse, type WriteRules } from './write-rules.ts';

/** DeleteManifest: makes a tombstone, which keeps all that can be undeleted (R12). */
export const deleteRules: WriteRules<DeleteCall> = {
  method: 'DeleteManifest',
  canonical: (call) => [call.expectedEtag, call.allowMissing],
  showsDeleted: true,
  subject: (current) => (isLive(current) ? current : undefined),
  plan(call, current, codec): Plan {
    if (!isLive(current)) return missing(call);
    return written({ ...contentOf(current, codec), deleted: 'now' });
  },
};

/** UndeleteManifest: brings back what a tombstone keeps. */
export const undeleteRules: WriteRules<UndeleteCall> = {
  method: 'UndeleteManifest',
  canonical: (call) => [call.expectedEtag],
  showsDeleted: true,
  subject: (current) => (isKept(current) ? current : undefined),
  plan({ name }, current, codec): Plan {
    if (isLive(current)) return refuse(new ErrManifestExists(name));
    if (!isRestorable(current)) return refuse(new ErrManifestNotFound(name));
    return written(contentOf(current, codec));
  },
};

/**
 * PurgeManifest: empties a tombstone. The file stays, for a create that was sent long ago must not
 * find an empty place (R12).
 */
export const purgeRules: WriteRules<DeleteCall> = {
  method: 'PurgeManifest',
  canonical: (call) => [call.expectedEtag, call.allowMissing],
  showsDeleted: true,
  subject: (current) => (isKept(current) ? current : undefined),
  plan(call, current): Plan {
    if (isLive(current)) return refuse(new ErrNotDeleted(call.name));
    if (!isRestorable(current)) return missing(call);
    return written({ schemaFingerprint: '', objects: [], labels: new Map(), deleted: 'still' });
  },
};

function missing({ name, allowMissing }: WriteCall & { allowMissing: boolean }): Plan {
  return allowMissing ? { kind: 'nothing' } : refuse(new ErrManifestNotFound(name));
}

function written(content: Content): Plan {
  return { kind: 'write', existing: true, content };
}

/** All that a manifest says, as the next version is to say it again. */
function contentOf(entry: Entry, codec: ViewCodec): Content {
  const manifest = codec.decode(entry);
  const { schemaFingerprint, objects, labels, rowCount, schema, formerFingerprints } = manifest;
  return {
    schemaFingerprint,
    objects,
    labels,
    ...optional({ rowCount, schema, formerFingerprints }),
  };
}
