import { v5 } from 'uuid';

/**
 * The namespace of dataset ids. Never changes: every id of every catalog would change with it.
 */
const NAMESPACE = '6f8a52a9-3d0e-4b57-9c83-6d3e2c1f7b40';

/** The dataset id of a name: UUID version 5 (RFC 9562 section 5.5), the same at every replica. */
export function datasetIdForName(name: string): string {
  return v5(name, NAMESPACE);
}
