import type { EvolveSchemaResponse } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import type { SchemaChange } from '../../../gen/catalogd/v1/schema_pb.ts';
import { Table } from './table.ts';

/** As many as one answer shows. */
const MAX_CHANGES = 1_000;

/** How the schemas differ, one change a line, and which direction each of them breaks. */
export function renderChanges(response: EvolveSchemaResponse): string {
  const { replayed, compatibilityChecked, changes } = response;
  if (replayed) return '';
  if (!compatibilityChecked) {
    return 'the schemas were not compared: the old one, the new one or both are not known\n';
  }
  if (changes.length === 0) return 'the schemas do not differ\n';
  const table = new Table([
    { title: 'BREAKS', align: 'left' },
    { title: 'CHANGE', align: 'left' },
  ]);
  const lines = table.render(
    changes.map((change) => [broken(change), `${change.path}: ${change.description}`]),
  );
  return changes.length < MAX_CHANGES ? lines : `${lines}there may be more\n`;
}

function broken({ breaksBackward, breaksForward }: SchemaChange): string {
  if (breaksBackward && breaksForward) return 'both';
  if (breaksBackward) return 'backward';
  return breaksForward ? 'forward' : '-';
}
