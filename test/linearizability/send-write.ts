import type { DescMessage, DescMethodUnary, MessageInitShape } from '@bufbuild/protobuf';
import type { Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { CatalogClientError } from '../../src/client/errors.ts';
import { type DataFile, UNSET, type WriteInput } from './input.ts';
import type { Patience, RawClient } from './raw-client.ts';

const { method } = CatalogService;

/** What the answers to all calls that write have in common; some lack some of it. */
interface WriteAnswer {
  readonly existing?: boolean;
  readonly replayed: boolean;
  readonly version: bigint;
  readonly manifest?: Manifest | undefined;
}

/** Makes a call that writes, once. */
export async function sendWrite(
  client: RawClient,
  name: string,
  input: WriteInput,
  patience: Patience,
): Promise<WriteAnswer | CatalogClientError> {
  const { requestId, expectedEtag, validateOnly } = input;
  const request = { name, requestId, expectedEtag, validateOnly };
  const send = async <I extends DescMessage, O extends DescMessage>(
    of: DescMethodUnary<I, O>,
    message: MessageInitShape<I>,
  ) => (await client.call(of, message, patience, requestId)).result;
  switch (input.method) {
    case 'register': {
      const { fingerprint: schemaFingerprint, labels } = input;
      const given = labels === null ? {} : { labels: { entries: { ...labels } } };
      const content = { schemaFingerprint, ...contentOf(input), ...given };
      return send(method.registerManifest, { ...request, ...content });
    }
    case 'evolve': {
      const { from: fromFingerprint, to: toFingerprint } = input;
      const content = { fromFingerprint, toFingerprint, ...contentOf(input) };
      return send(method.evolveSchema, { ...request, ...content });
    }
    case 'update': {
      const { fingerprint: schemaFingerprint, put, remove, marker } = input;
      const rowCount = marker === UNSET ? {} : { rowCount: BigInt(marker) };
      const objects = { putObjects: put.map(dataObject), removeKeys: [...remove] };
      const content = { schemaFingerprint, ...objects, ...rowCount };
      return send(method.updateObjects, { ...request, ...content });
    }
    case 'delete':
    case 'purge': {
      const { allowMissing } = input;
      const message = { ...request, allowMissing };
      if (input.method === 'purge') return send(method.purgeManifest, message);
      return send(method.deleteManifest, message);
    }
    case 'undelete':
      return send(method.undeleteManifest, request);
  }
}

function contentOf({ marker, objects }: { marker: number; objects: readonly DataFile[] }) {
  return { rowCount: BigInt(marker), objects: objects.map(dataObject) };
}

function dataObject({ key, size, rows }: DataFile) {
  return { key, sizeBytes: BigInt(size), ...(rows === UNSET ? {} : { rowCount: BigInt(rows) }) };
}
