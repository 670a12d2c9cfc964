import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Manifest, ManifestSchema, ManifestView } from '../../gen/catalogd/v1/catalog_pb.ts';
import type { Entry } from '../catalog/entry.ts';
import { ErrInvalidArgument } from '../catalog/errors.ts';
import { MAX_ANSWER_BYTES } from '../catalog/limits.ts';
import { schemaView } from './views.ts';

/** How much of a manifest an answer carries (AIP-157). */
export type View = 'basic' | 'schema' | 'full';

/**
 * What a request's view means. The zero value means FULL.
 *
 * @throws {ErrInvalidArgument} for a view that is not known here.
 */
export function viewOf(view: ManifestView): View {
  switch (view) {
    case ManifestView.BASIC:
      return 'basic';
    case ManifestView.SCHEMA:
      return 'schema';
    case ManifestView.FULL:
    case ManifestView.UNSPECIFIED:
      return 'full';
    default:
      throw new ErrInvalidArgument([
        { field: 'view', description: `must be BASIC (1), FULL (2) or SCHEMA (3), not ${view}` },
      ]);
  }
}

/** The encoded manifest in the view asked for, or in BASIC where it is too large for one answer. */
export function encodedView(entry: Entry, view: View): Uint8Array {
  switch (view) {
    case 'basic':
      return entry.basic;
    case 'schema':
      return toBinary(ManifestSchema, schemaView(entry));
    case 'full': {
      const { full } = entry;
      return full.length > MAX_ANSWER_BYTES ? entry.basic : full;
    }
  }
}

/** Whether the manifest with its objects does not fit into one answer. */
export function isTooLarge(entry: Entry): boolean {
  return entry.full.length > MAX_ANSWER_BYTES;
}

/** The message which an encoded manifest stands for. */
export function manifestMessage(encoded: Uint8Array): Manifest {
  return fromBinary(ManifestSchema, encoded);
}

/** The values of an answer's field `manifest`: that of the entry, if there is one to show. */
export function shownManifest(entry: Entry | undefined, view: View): readonly Uint8Array[] {
  return entry === undefined ? [] : [encodedView(entry, view)];
}
