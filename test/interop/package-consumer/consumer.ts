// A user's program, outside of this repository: compiled against the types of the installed package,
// and run on its code. Its argument is the address of a service that holds the dataset `from/cli`.
import assert from 'node:assert/strict';
import {
  CatalogClientError,
  type CatalogClientOptions,
  createCatalogClient,
  timestampToMicros,
} from 'catalogd/client';
import { schemaFingerprint } from 'catalogd/fingerprint';
import {
  type Manifest,
  ManifestSchema,
  ManifestView,
} from 'catalogd/gen/catalogd/v1/catalog_pb.js';
import { CatalogService } from 'catalogd/gen/catalogd/v1/catalog_service_pb.js';
import { ErrorInfoSchema } from 'catalogd/gen/google/rpc/error_details_pb.js';

const options: CatalogClientOptions = { retry: { maxAttempts: 3 }, token: async () => 'unused' };
// @ts-expect-error: the types are there, and refuse what is wrong.
const _wrong: CatalogClientOptions = { retry: 3 };

const client = createCatalogClient({ ...options, address: String(process.argv[2]) });
const fingerprint = schemaFingerprint([
  { name: 'root', num_children: 1 },
  { name: 'id', type: 'INT64', repetition_type: 'REQUIRED' },
]);
assert.match(fingerprint, /^parquet-v1:[0-9a-f]{64}$/);

const answer = await client.registerManifest({
  name: 'from/consumer',
  schemaFingerprint: fingerprint,
  objects: [{ key: 's3://lake/0.parquet', sizeBytes: 2n ** 53n + 1n }],
});
const version: bigint = answer.version;
assert.equal(version, 1n);

const { manifest } = await client.getManifest({ name: 'from/consumer' });
assert.ok(manifest?.createdAt);
assert.ok(timestampToMicros(manifest.createdAt) > 0n);
assert.equal(manifest.objects[0]?.sizeBytes, 2n ** 53n + 1n);
assert.equal(manifest.rowCount, undefined);

const found: Manifest[] = [];
for await (const each of client.manifests({ prefix: 'from/', view: ManifestView.BASIC })) {
  found.push(each);
}
assert.deepEqual(
  found.map(({ name }) => name),
  ['from/cli', 'from/consumer'],
);

await assert.rejects(
  client.registerManifest({ name: 'from/cli', schemaFingerprint: fingerprint }),
  (error: unknown) =>
    error instanceof CatalogClientError &&
    error.code === 'FAILED_PRECONDITION' &&
    error.reason === 'FINGERPRINT_CONFLICT' &&
    error.metadata.given_fingerprint === fingerprint,
);
assert.equal(
  `${CatalogService.typeName} ${ManifestSchema.name}`,
  'catalogd.v1.CatalogService Manifest',
);
assert.equal(ErrorInfoSchema.typeName, 'google.rpc.ErrorInfo');
client.close();
