import { fromBinary } from '@bufbuild/protobuf';
import { type Manifest, ManifestSchema, ManifestView } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { Entry } from '../catalog/entry.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { MAX_ANSWER_BYTES } from '../catalog/limits.ts';

/**
 * Whether a view leaves the objects out (AIP-157). The zero value means FULL.
 *
 * @throws {ErrInvalidArgument} for a view that is not known here.
 */
export function isBasic(view: ManifestView): boolean {
  switch (view) {
    case ManifestView.BASIC:
      return true;
    case ManifestView.FULL:
    case ManifestView.UNSPECIFIED:
      return false;
    default:
      throw new ErrInvalidArgument([
        { field: 'view', description: `must be BASIC (1) or FULL (2), not ${view}` },
      ]);
  }
}

/** The encoded manifest in the view asked for, or in BASIC where it is too large for one answer. */
export function encodedView(entry: Entry, basic: boolean): Uint8Array {
  return basic || isTooLarge(entry) ? entry.views.basic : entry.views.full;
}

/** Whether the manifest with its objects does not fit into one answer. */
export function isTooLarge(entry: Entry): boolean {
  return entry.views.full.length > MAX_ANSWER_BYTES;
}

/** The message which an encoded manifest stands for. */
export function manifestMessage(encoded: Uint8Array): Manifest {
  return fromBinary(ManifestSchema, encoded);
}
