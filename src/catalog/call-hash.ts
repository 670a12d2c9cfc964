import { createHash } from 'node:crypto';
import type { RegisterCall } from './call.ts';
import { canonicalContent } from './etag.ts';

/** The name of the RPC, as it is recorded with a write. */
export const REGISTER_METHOD = 'RegisterManifest';

/**
 * A hash of what a call asks for: tells a repeated call from another one with the same request id
 * (R14). Of the domain's terms rather than the bytes on the wire, for maps and JSON have no
 * canonical form there.
 */
export function callHash(call: RegisterCall): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        REGISTER_METHOD,
        call.name,
        call.schemaFingerprint,
        call.expectedEtag,
        canonicalContent({ objects: call.objects, labels: call.labels, ...rowCountOf(call) }),
      ]),
    )
    .digest('hex');
}

function rowCountOf(call: RegisterCall): { rowCount?: bigint } {
  return call.rowCount === undefined ? {} : { rowCount: call.rowCount };
}
