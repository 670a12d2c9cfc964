import { ManifestView } from '../../gen/catalogd/v1/catalog_pb.ts';
import { UsageError } from './usage-error.ts';

const VIEWS = {
  basic: ManifestView.BASIC,
  schema: ManifestView.SCHEMA,
  full: ManifestView.FULL,
} as const;

/** How much of a manifest to ask for. */
export type View = keyof typeof VIEWS;

/** @throws {UsageError} if it is none. */
export function readView(text: unknown, fallback: View): ManifestView {
  const view = text ?? fallback;
  if (typeof view === 'string' && Object.hasOwn(VIEWS, view)) return VIEWS[view as View];
  const accepted = Object.keys(VIEWS).join(', ');
  throw new UsageError(`--view: ${JSON.stringify(text)} is not a view; accepted: ${accepted}`);
}
