import type { ListHints } from '../store/store.ts';
import { manifestKey } from './name.ts';

/** Names between two cuts: a few pages of S3, so that what is read beyond a range is little beside it. */
export const NAMES_BETWEEN_CUTS = 4_000;

/** How the listing of all manifests is cut, by names from those that are known. */
export function cutAt(names: Iterable<string>, atOnce: number): ListHints {
  return { cuts: Array.from(names, manifestKey), atOnce };
}
