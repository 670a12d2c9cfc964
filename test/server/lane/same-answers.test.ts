import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Consistency, ManifestView } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import type { SchemaCompatibility } from '../../../gen/catalogd/v1/schema_pb.ts';
import { manifestKey } from '../../../src/catalog/name.ts';
import { encodeManifest } from '../../../src/manifest/encode.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { writableFile } from '../../manifest/arbitrary.ts';
import { openRegistry } from '../../support/catalog.ts';
import fc from '../../support/fast-check.ts';
import { serve } from '../../support/service.ts';
import { frame, type RawAnswer, rawGrpc } from './raw-grpc.ts';

const { method } = CatalogService;
const LOADED = 40;

/** A catalog of manifests of every kind, the same ones in each. */
async function start(fastLane: boolean) {
  const store = createMemoryStore();
  for (const [i, file] of fc.sample(writableFile, { numRuns: LOADED, seed: 7 }).entries()) {
    const manifest = { ...file.manifest, name: `m/${i}` };
    const body = encodeManifest({ ...file, manifest });
    await store.put(manifestKey(manifest.name), body, { kind: 'create' });
  }
  const registry = await openRegistry({ store });
  const server = await serve(registry, { fastLane, limits: { readMaxBytes: 100_000 } });
  return { server, client: await rawGrpc(server.port) };
}

const name = fc.oneof(
  { weight: 6, arbitrary: fc.nat(LOADED).map((i) => `m/${i}`) },
  { weight: 3, arbitrary: fc.constantFrom('a', 'a/b', 'é', 'new') },
  fc.constantFrom('', '.', 'a//b', 'x.parquet', 'e\u0301', 'n'.repeat(513)),
);
const fingerprint = fc.constantFrom('fp-1', 'fp-2', '', 'f'.repeat(257));
const key = fc.constantFrom('s3://lake/1', 's3://lake/2', 'relative', '', '_catalog/x');
const objects = fc.array(
  fc.record({ key, sizeBytes: fc.constantFrom(0n, 7n, -1n) }, { noNullPrototype: true }),
  { maxLength: 3 },
);
const write = {
  expectedEtag: fc.constantFrom('', '', '1-a'),
  requestId: fc.constantFrom('', 'r1', 'r2', 'é'),
  validateOnly: fc.boolean(),
};
// Numbers that no view has, too.
const view = fc.nat(4) as fc.Arbitrary<ManifestView>;
const read = {
  view,
  consistency: fc.nat(3) as fc.Arbitrary<Consistency>,
  showDeleted: fc.boolean(),
};

function request<I extends DescMessage>(
  path: string,
  input: I,
  fields: { [K in keyof MessageInitShape<I>]?: fc.Arbitrary<MessageInitShape<I>[K]> },
) {
  return fc.record(fields as Record<string, fc.Arbitrary<unknown>>).map((init) => ({
    path: `/${CatalogService.typeName}/${path}`,
    message: toBinary(input, create(input, { ...init } as MessageInitShape<I>)),
  }));
}

const requests = fc.oneof(
  request('GetManifest', method.getManifest.input, {
    ...read,
    name,
    minVersion: fc.constantFrom(0n, 0n, 1n, -1n, 2n ** 62n),
  }),
  request('BatchGetManifests', method.batchGetManifests.input, {
    view,
    names: fc.array(name, { maxLength: 8 }),
  }),
  request('ListManifests', method.listManifests.input, {
    view,
    showDeleted: fc.boolean(),
    pageSize: fc.constantFrom(0, 1, 7, 2_000, -1),
    prefix: fc.constantFrom('', 'm/', 'm/1', 'zzz', '\0'),
    pageToken: fc.constantFrom('', '', 'none'),
  }),
  request('ListObjects', method.listObjects.input, { name, pageSize: fc.constantFrom(0, 3, -1) }),
  request('RegisterManifest', method.registerManifest.input, {
    ...write,
    name,
    schemaFingerprint: fingerprint,
    objects,
  }),
  request('UpdateObjects', method.updateObjects.input, {
    ...write,
    name,
    schemaFingerprint: fingerprint,
    putObjects: objects,
    removeKeys: fc.array(key, { maxLength: 2 }),
  }),
  request('EvolveSchema', method.evolveSchema.input, {
    ...write,
    name,
    fromFingerprint: fingerprint,
    toFingerprint: fingerprint,
    objects,
    compatibility: fc.nat(5) as fc.Arbitrary<SchemaCompatibility>,
  }),
  request('DeleteManifest', method.deleteManifest.input, {
    ...write,
    name,
    allowMissing: fc.boolean(),
  }),
  request('UndeleteManifest', method.undeleteManifest.input, { ...write, name }),
  request('PurgeManifest', method.purgeManifest.input, {
    ...write,
    name,
    allowMissing: fc.boolean(),
  }),
);

/**
 * The answer with its message encoded anew. The index has its fields in an order of its own, so that the
 * views overlap, and a map's entries have none; connect-node sends what protobuf-es makes of the message.
 */
function inOrder(path: string, { metadata, body }: RawAnswer) {
  const { output } = Object.values(method).find(({ name }) =>
    path.endsWith(`/${name}`),
  ) as DescMethod;
  const length = body.length === 0 ? 0 : body.readUInt32BE(1);
  expect(body.length).toBe(body.length === 0 ? 0 : 5 + length);
  return { metadata, message: toBinary(output, fromBinary(output, body.subarray(5))), length };
}

/** Hundreds of calls each, on machines that are busy with other suites. */
jest.setTimeout(120_000);

const EXTRA = 'protocol error: received extra input message for unary method';
const INCOMPLETE = 'protocol error: incomplete envelope';

describe('the fast lane', () => {
  let lane: Awaited<ReturnType<typeof start>>;
  let base: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    [lane, base] = [await start(true), await start(false)];
  });
  afterAll(async () => {
    for (const { server, client } of [lane, base]) {
      client.close();
      await server.drain(1_000);
    }
  });

  const both = (path: string, body: Uint8Array, given: Record<string, string> = {}) => {
    // A failed call is answered with its id, which would be another one for each.
    const headers = { 'x-request-id': 'one-for-both', ...given };
    return Promise.all([
      lane.client.call(path, body, headers),
      base.client.call(path, body, headers),
    ]);
  };

  /** Sends the same bytes to both, and compares all that comes back. */
  async function expectSame(path: string, body: Uint8Array, headers: Record<string, string> = {}) {
    const [ours, theirs] = await both(path, body, headers);
    expect({ ...inOrder(path, ours), sent: { path, body, headers } }).toEqual({
      ...inOrder(path, theirs),
      sent: { path, body, headers },
    });
    return ours;
  }

  it('answers every method as connect-node does, to the last byte', async () => {
    const codes = new Set<unknown>();
    // What random calls hardly ever come to.
    const conflict = create(method.registerManifest.input, { name: 'm/1', schemaFingerprint: 'x' });
    const body = frame(toBinary(method.registerManifest.input, conflict));
    const { metadata } = await expectSame(`/${CatalogService.typeName}/RegisterManifest`, body);
    codes.add(metadata['grpc-status']);
    await fc.assert(
      fc.asyncProperty(requests, async ({ path, message }) => {
        const { metadata } = await expectSame(path, frame(message));
        codes.add(metadata['grpc-status']);
      }),
      { numRuns: 300 },
    );
    // OK, INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION at least: not one refusal again and again.
    expect([...codes].sort()).toEqual(expect.arrayContaining(['0', '3', '5', '9']));
  });

  it('refuses what is no message as connect-node does', async () => {
    const damage = fc.oneof(
      fc.record({ flags: fc.nat(255), length: fc.constant(undefined) }),
      fc.record({ flags: fc.constant(0), length: fc.constantFrom(0, 1, 99, 100_001, 0xffffffff) }),
    );
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => frame(bytes)),
      fc
        .tuple(requests, damage)
        .map(([{ message }, { flags, length }]) =>
          frame(message, length === undefined ? { flags } : { flags, length }),
        ),
      fc
        .array(requests, { maxLength: 3 })
        .map((each) => Buffer.concat(each.map(({ message }) => frame(message)))),
    );
    await fc.assert(
      fc.asyncProperty(requests, bodies, async ({ path }, body) => {
        const [ours, theirs] = await both(path, body);
        // With more than one thing wrong, either may be told; and connect-node takes a message of which
        // nothing but the prefix has come for none at all.
        const prefixAlone = body.length === 5 && ours.metadata['grpc-message'] === INCOMPLETE;
        const differently = ours.metadata['grpc-message'] === EXTRA || prefixAlone;
        if (differently) expect(theirs.metadata['grpc-status']).not.toBe('0');
        else expect(inOrder(path, ours)).toEqual(inOrder(path, theirs));
      }),
      { numRuns: 250 },
    );
  });

  it('keeps to deadlines, encodings and content types as connect-node does', async () => {
    const headers = fc.record(
      {
        'grpc-timeout': fc.constantFrom(
          '1H',
          '10S',
          '99999999n',
          '5',
          'm',
          '123456789m',
          '90000000S',
          '-1S',
        ),
        'grpc-encoding': fc.constantFrom('identity', 'gzip', 'br', ''),
        'content-type': fc.constantFrom(
          'application/grpc',
          'application/grpc+proto',
          'application/grpc+json',
          'application/grpc; charset=utf-8',
          'text/plain',
        ),
        'x-anything': fc.string(),
      },
      { requiredKeys: [] },
    );
    const printable = headers.filter((each) => /^[\x21-\x7e]*$/.test(each['x-anything'] ?? ''));
    await fc.assert(
      fc.asyncProperty(requests, printable, async ({ path, message }, each) => {
        await expectSame(path, frame(message), { ...each });
      }),
      { numRuns: 150 },
    );
  });
});
