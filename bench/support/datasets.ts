import {
  create,
  type DescMessage,
  equals,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import {
  CatalogService,
  GetManifestRequestSchema,
  GetManifestResponseSchema,
  type RegisterManifestRequestSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { createCatalogClient } from '../../src/client/client.ts';
import { startProcess } from '../../test/support/catalogd-process.ts';
import type { ChildServer } from './child-server.ts';
import { type GrpcCaller, openCaller } from './grpc-caller.ts';

/** The path of a method of CatalogService, by its local name. */
export const pathOf = (method: keyof typeof CatalogService.method): string =>
  `/${CatalogService.typeName}/${CatalogService.method[method].name}`;

/** Starts a catalogd as it is by default. The runner ends it. */
export async function startCatalogd(
  store: string,
  args: readonly string[] = [],
): Promise<ChildServer> {
  const { child, address } = await startProcess(store, {}, args);
  return { pid: child.pid ?? 0, address };
}

/** The i-th dataset of the benchmarks: 8 objects, and about 1.2 KB as a message. */
export function dataset(
  i: number,
  objects = 8,
): MessageInitShape<typeof RegisterManifestRequestSchema> {
  const name = `bench/events/dataset-${String(i).padStart(7, '0')}`;
  return {
    name,
    schemaFingerprint: `parquet-v1:${String(i).padStart(64, '0')}`,
    objects: Array.from({ length: objects }, (_, part) => ({
      key: `s3://lake/${name}/day=2026-11-25/part-${String(part).padStart(8, '0')}-c000.snappy.parquet`,
      sizeBytes: BigInt(128_000_000 + part),
      etag: String(i * objects + part).padStart(16, '0'),
      rowCount: BigInt(1_000_000 + part),
    })),
    rowCount: BigInt(objects * 1_000_000),
    labels: { entries: { team: 'benchmarks' } },
  };
}

/** How many registers are under way at a time. */
const REGISTERS = 32;

/** Registers the first `count` datasets and gives the manifests that the service answered with. */
export async function registerDatasets(address: string, count: number): Promise<Manifest[]> {
  const client = createCatalogClient({ address, timeoutMs: 60_000 });
  const manifests: Manifest[] = [];
  let next = 0;
  async function worker(): Promise<void> {
    while (next < count) {
      const i = next++;
      const { manifest } = await client.registerManifest(dataset(i));
      if (manifest === undefined) throw new Error(`no manifest of dataset ${i}`);
      manifests[i] = manifest;
    }
  }
  try {
    await Promise.all(Array.from({ length: REGISTERS }, worker));
  } finally {
    client.close();
  }
  return manifests;
}

/** A request, and the one right answer to it. */
export interface Exchange {
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

/**
 * Makes a call once, whose answer must stand for that message and be as long as its encoding. From then
 * on nothing but the same bytes is right: a service may put the fields in an order of its own.
 *
 * @throws {Error} if it is another message.
 */
export async function pinned<D extends DescMessage>(
  caller: GrpcCaller,
  path: string,
  request: Uint8Array,
  schema: D,
  message: MessageShape<D>,
): Promise<Exchange> {
  const answer = await caller.call(path, request);
  const length = toBinary(schema, message).length;
  if (answer.length !== length || !equals(schema, fromBinary(schema, answer), message)) {
    throw new Error(`${path}: a wrong answer of ${answer.length} bytes; right are ${length}`);
  }
  return { request, answer };
}

/** Gets of these manifests. @throws {Error} if one is not answered rightly. */
export async function getExchanges(
  address: string,
  manifests: readonly Manifest[],
): Promise<Exchange[]> {
  const caller = await openCaller(address);
  const exchanges: Exchange[] = [];
  try {
    for (const manifest of manifests) {
      const { name } = manifest;
      const request = toBinary(
        GetManifestRequestSchema,
        create(GetManifestRequestSchema, { name }),
      );
      const response = create(GetManifestResponseSchema, { manifest });
      exchanges.push(
        await pinned(caller, pathOf('getManifest'), request, GetManifestResponseSchema, response),
      );
    }
  } finally {
    caller.close();
  }
  return exchanges;
}
