/**
 * Calls GetManifest 8 at a time, in a process of its own, by one of two clients.
 * `client-loop.ts KIND ADDRESS NAME FILE WARM-UP CALLS`; the file holds the right answer. Prints the
 * microseconds of CPU per call.
 */
import { readFileSync } from 'node:fs';
import { create, equals, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import {
  CatalogService,
  GetManifestRequestSchema,
  type GetManifestResponse,
  GetManifestResponseSchema,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { createCatalogClient } from '../../src/client/client.ts';

const [kind, address = '', name = '', file = '', warmUp, calls] = process.argv.slice(2);
const IN_FLIGHT = 8;
/** Every so many answers, one is compared as a whole. */
const COMPARE_EVERY = 64;
const DEADLINE_MS = 30_000;

const right = fromBinary(GetManifestResponseSchema, readFileSync(file));
const get = kind === 'typed' ? typed() : bare(kind === 'bare-deadline');
await loop(Number(warmUp));
const before = process.cpuUsage();
await loop(Number(calls));
const { user, system } = process.cpuUsage(before);
console.log((user + system) / Number(calls));
process.exit();

async function loop(count: number): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun < count) {
      const i = begun++;
      const response = await get();
      if (response.manifest?.name !== name || (i % COMPARE_EVERY === 0 && !isRight(response))) {
        throw new Error(`a wrong answer: ${response.manifest?.name}`);
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

function isRight(response: GetManifestResponse): boolean {
  return equals(GetManifestResponseSchema, right, response);
}

function typed(): () => Promise<GetManifestResponse> {
  const client = createCatalogClient({ address });
  return () => client.getManifest({ name });
}

/** What grpc-js needs to be told, with the same encoding, and nothing else. */
function bare(withDeadline: boolean): () => Promise<GetManifestResponse> {
  const client = new Client(address, credentials.createInsecure());
  const { getManifest } = CatalogService.method;
  const path = `/${CatalogService.typeName}/${getManifest.name}`;
  const encode = (request: Parameters<typeof toBinary<typeof GetManifestRequestSchema>>[1]) =>
    Buffer.from(toBinary(GetManifestRequestSchema, request));
  const decode = (bytes: Buffer) => fromBinary(GetManifestResponseSchema, bytes);
  return () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        encode,
        decode,
        create(GetManifestRequestSchema, { name }),
        new Metadata(),
        withDeadline ? { deadline: Date.now() + DEADLINE_MS } : {},
        (error, response) => (response === undefined ? reject(error) : resolve(response)),
      );
    });
}
