import { isPreview, type Operation, shownBy } from './history.ts';

/** What the answers of a history tell of values that the specification cannot foresee. */
export interface Evidence {
  /** Which write each etag stands for, as `version/marker`. */
  readonly etags: ReadonlyMap<string, string>;
  /** Which version each time of creation is that of. */
  readonly births: ReadonlyMap<string, number>;
}

/**
 * Gathers it out of all answers that wrote or showed a manifest. An answer to `validate_only` shows
 * the etag of a write that was not made.
 */
export function evidenceOf(operations: readonly Operation[]): Evidence {
  const etags = new Map<string, string>();
  const births = new Map<string, number>();
  for (const operation of operations) {
    const manifest = shownBy(operation);
    if (manifest === null || isPreview(operation)) continue;
    const { etag, version, marker, createdAt, updatedAt } = manifest;
    etags.set(etag, `${version}/${marker}`);
    if (createdAt === updatedAt) births.set(createdAt, version);
  }
  return { etags, births };
}
