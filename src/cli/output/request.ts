import type { RegisterManifestRequest } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { counted } from './counted.ts';
import { escapeText } from './escape.ts';
import { formatBytes, OBJECT_COLUMNS, objectRow } from './manifest.ts';
import { renderFields, Table } from './table.ts';

/** What a request to register would send, its objects included. */
export function renderRequest(request: RegisterManifestRequest): string {
  const { name, schema, objects, rowCount, labels, expectedEtag, requestId, validateOnly } =
    request;
  const size = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n);
  const title = `${escapeText(name)}: nothing was sent; this would be\n\n`;
  const fields = renderFields([
    ['name', name],
    ['fingerprint', request.schemaFingerprint],
    ['schema', schema === undefined ? 'not given' : counted(schema.fields.length, 'column')],
    ['rows', rowCount === undefined ? 'unknown' : String(rowCount)],
    ['objects', String(objects.length)],
    ['size', `${formatBytes(size)} (${size} bytes)`],
    ['labels', labels === undefined ? 'as they are' : renderLabels(labels.entries)],
    ['expected etag', expectedEtag === '' ? 'any' : expectedEtag],
    ['request id', requestId === '' ? 'a random one' : requestId],
    ...(validateOnly ? [['validate only', 'yes'] as const] : []),
  ]);
  return `${title}${fields}\n${new Table(OBJECT_COLUMNS).render(objects.map(objectRow))}`;
}

function renderLabels(entries: Readonly<Record<string, string>>): string {
  const texts = Object.entries(entries).map(([key, value]) => `${key}=${value}`);
  return texts.length === 0 ? 'none' : texts.join(', ');
}
