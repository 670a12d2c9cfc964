import { type CallOptions, type Client, Code } from '@connectrpc/connect';
import { expect } from '@jest/globals';
import type { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import {
  FieldRepetition,
  PhysicalType,
  SchemaCompatibility,
} from '../../gen/catalogd/v1/schema_pb.ts';
import { KeyLock } from '../../src/catalog/key-lock.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { Registry } from '../../src/catalog/registry.ts';
import type { RegistryOptions } from '../../src/catalog/registry-options.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import {
  KeyCollisionError,
  OutcomeUnknownError,
  StoreUnavailableError,
} from '../../src/store/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { craft } from '../manifest/craft.ts';
import { openRegistry, patient, registerCall, silentLog } from './catalog.ts';
import { FakeRuntime } from './fake-runtime.ts';
import { FaultyStore, failBefore } from './faulty-store.ts';

type CatalogClient = Client<typeof CatalogService>;
const name = 'sales/orders';
const valid = { name, schemaFingerprint: 'fp-1' };
/** Stands in causes, and must never reach a caller. */
export const SECRET = 'secret-endpoint.internal:9000';
const reset = new OutcomeUnknownError(`${SECRET} reset`);
const down = new StoreUnavailableError(`${SECRET} refused`);

/** The deadline as the server is told it; the client itself waits for the answer. */
const deadline: CallOptions = {
  headers: { 'grpc-timeout': '100m', 'connect-timeout-ms': '100' },
};

/** One way for a call to fail. */
export interface Row {
  readonly reason: string;
  readonly code: Code;
  /** Types of the details after the ErrorInfo. */
  readonly details: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly options?: () => Partial<RegistryOptions>;
  /** Makes the error possible. */
  readonly prepare?: (parts: { store: FaultyStore; beneath: Store; registry: Registry }) => unknown;
  readonly call: (client: CatalogClient) => Promise<unknown>;
  /** The call streams, which the facade cannot. */
  readonly streams?: boolean;
  /** The catalog is not loaded. */
  readonly unloaded?: boolean;
}

const register =
  (request = {}, options?: CallOptions) =>
  (client: CatalogClient) =>
    client.registerManifest({ ...valid, ...request }, options);
const twoObjects = ['a', 'b'].map((key) => ({ key, sizeBytes: 1n }));
const seeded = ({ registry }: { registry: Registry }) =>
  registry.register(registerCall({ requestId: 'r1', objects: twoObjects }), patient);
const watch = (client: CatalogClient) => client.watchManifests({})[Symbol.asyncIterator]();
const never = () => new Promise<never>(() => {});

/** Every error there is, by the story of it. */
export const ROWS: Readonly<Record<string, Row>> = {
  'an empty name': {
    reason: 'EMPTY_NAME',
    code: Code.InvalidArgument,
    details: ['BadRequest'],
    metadata: { field: 'name' },
    call: (client) => client.getManifest({}),
  },
  'an empty fingerprint': {
    reason: 'EMPTY_FINGERPRINT',
    code: Code.InvalidArgument,
    details: ['BadRequest'],
    metadata: { field: 'schema_fingerprint' },
    call: register({ schemaFingerprint: '' }),
  },
  'an invalid name': {
    reason: 'INVALID_NAME',
    code: Code.InvalidArgument,
    details: ['BadRequest'],
    call: (client) => client.getManifest({ name: 'a//b\u{1f600}' }),
  },
  'other bad input': {
    reason: 'INVALID_ARGUMENT',
    code: Code.InvalidArgument,
    details: ['BadRequest'],
    metadata: { field: 'objects[0].size_bytes' },
    call: register({ objects: [{ key: 'k', sizeBytes: -1n }], rowCount: -1n }),
  },
  'a negative page size': {
    reason: 'INVALID_ARGUMENT',
    code: Code.InvalidArgument,
    details: ['BadRequest'],
    call: (client) => client.listManifests({ pageSize: -1 }),
  },
  'a bad page token': {
    reason: 'BAD_PAGE_TOKEN',
    code: Code.InvalidArgument,
    details: ['BadRequest'],
    call: (client) => client.listManifests({ pageToken: 'nonsense' }),
  },
  'a request id reused for another call': {
    reason: 'REQUEST_ID_REUSED',
    code: Code.InvalidArgument,
    details: ['BadRequest'],
    metadata: { name, request_id: 'r1', version: '1' },
    prepare: seeded,
    call: register({ requestId: 'r1' }),
  },
  'another fingerprint': {
    reason: 'FINGERPRINT_CONFLICT',
    code: Code.FailedPrecondition,
    details: ['PreconditionFailure'],
    metadata: { name, current_fingerprint: 'fp-1', given_fingerprint: 'fp-2' },
    prepare: seeded,
    call: register({ schemaFingerprint: 'fp-2' }),
  },
  'a manifest written by a newer catalogd': {
    reason: 'UPGRADE_REQUIRED',
    code: Code.FailedPrecondition,
    details: [],
    metadata: { name },
    options: () => ({ shared: true }),
    prepare: ({ store }) =>
      store.put(manifestKey(name), craft({ row: { name, min_reader: 9 } }), { kind: 'create' }),
    call: (client) => client.getManifest({ name }),
  },
  'a dataset that does not exist': {
    reason: 'MANIFEST_NOT_FOUND',
    code: Code.NotFound,
    details: ['ResourceInfo'],
    metadata: { name },
    call: (client) => client.getManifest({ name }),
  },
  'a dataset that is not deleted': {
    reason: 'MANIFEST_EXISTS',
    code: Code.AlreadyExists,
    details: ['ResourceInfo'],
    metadata: { name },
    prepare: seeded,
    call: (client) => client.undeleteManifest({ name }),
  },
  'a purge of what is not deleted': {
    reason: 'NOT_DELETED',
    code: Code.FailedPrecondition,
    details: ['PreconditionFailure'],
    metadata: { name },
    prepare: seeded,
    call: (client) => client.purgeManifest({ name }),
  },
  'an object that does not exist': {
    reason: 'OBJECT_NOT_FOUND',
    code: Code.NotFound,
    details: ['ResourceInfo'],
    metadata: { name, key: 'c' },
    prepare: seeded,
    call: (client) => client.updateObjects({ ...valid, removeKeys: ['a', 'c'] }),
  },
  'a schema that is not compatible': {
    reason: 'SCHEMA_INCOMPATIBLE',
    code: Code.FailedPrecondition,
    details: ['PreconditionFailure'],
    metadata: { name, compatibility: 'BACKWARD', path: 'id', offending: '1' },
    prepare: ({ registry }) =>
      registry.register(registerCall({ schema: '[["id","OPTIONAL","INT64",null,null]]' }), patient),
    call: (client) =>
      client.evolveSchema({
        name,
        fromFingerprint: 'fp-1',
        toFingerprint: 'fp-2',
        schema: {
          fields: [
            {
              name: 'id',
              repetition: FieldRepetition.REQUIRED,
              physicalType: PhysicalType.INT64,
            },
          ],
        },
        compatibility: SchemaCompatibility.BACKWARD,
      }),
  },
  'a stale etag': {
    reason: 'ETAG_MISMATCH',
    code: Code.Aborted,
    details: [],
    metadata: { name, expected_etag: '0-x', current_etag: expect.stringMatching(/^1-/) },
    prepare: seeded,
    call: register({ expectedEtag: '0-x' }),
  },
  'a paged version that is gone': {
    reason: 'VERSION_GONE',
    code: Code.Aborted,
    details: [],
    metadata: { name, version: '1', current_version: '2' },
    prepare: seeded,
    call: async (client) => {
      const { nextPageToken } = await client.listObjects({ name, pageSize: 1 });
      await client.registerManifest(valid);
      return client.listObjects({ name, pageToken: nextPageToken });
    },
  },
  'too many lost races': {
    reason: 'CONTENDED',
    code: Code.Aborted,
    details: ['RetryInfo'],
    metadata: { name, attempts: '2' },
    options: () => ({ maxLostRaces: 2 }),
    prepare: async ({ store, beneath, registry }) => {
      await seeded({ registry });
      const other = await openRegistry({ store: beneath });
      store.always = async ({ kind, pass }) => {
        if (kind === 'put') await other.register(registerCall(), patient);
        return pass();
      };
    },
    call: register(),
  },
  'a store that is away': {
    reason: 'STORE_UNAVAILABLE',
    code: Code.Unavailable,
    details: ['RetryInfo'],
    prepare: ({ store }) => {
      store.always = failBefore(down);
    },
    call: register(),
  },
  'a catalog that is not loaded': {
    reason: 'NOT_READY',
    code: Code.Unavailable,
    details: ['RetryInfo'],
    unloaded: true,
    call: (client) => client.listManifests({}),
  },
  'an unknown outcome': {
    reason: 'OUTCOME_UNKNOWN',
    code: Code.Unavailable,
    details: ['RetryInfo'],
    metadata: { name },
    prepare: ({ store }) => {
      store.always = ({ kind }) => Promise.reject(kind === 'put' ? reset : down);
    },
    call: register(),
  },
  'an unknown outcome, the deadline having passed': {
    reason: 'OUTCOME_UNKNOWN',
    code: Code.DeadlineExceeded,
    details: ['RetryInfo'],
    metadata: { name },
    prepare: ({ store }) => {
      store.always = ({ kind, pass }) => (kind === 'put' ? never() : pass());
    },
    call: register({}, deadline),
  },
  'a deadline that passed before anything was sent': {
    reason: 'DEADLINE_EXCEEDED',
    code: Code.DeadlineExceeded,
    details: [],
    options: () => ({ shared: true }),
    prepare: ({ store }) => {
      store.always = never;
    },
    call: (client) => client.getManifest({ name }, deadline),
  },
  'a manifest too large for one answer': {
    reason: 'MANIFEST_TOO_LARGE',
    code: Code.ResourceExhausted,
    details: [],
    metadata: { name, object_count: '5000' },
    prepare: ({ registry }) => {
      const objects = Array.from({ length: 5_000 }, (_, i) => ({
        key: String(i).padEnd(1_000, '-'),
        sizeBytes: 1n,
      }));
      return registry.register(registerCall({ objects }), patient);
    },
    call: (client) => client.getManifest({ name }),
  },
  'too many writes': {
    reason: 'TOO_BUSY',
    code: Code.ResourceExhausted,
    details: ['QuotaFailure', 'RetryInfo'],
    metadata: { what: 'writes', waiting: '0' },
    options: () => ({ lock: new KeyLock(0) }),
    call: register(),
  },
  'too many watchers': {
    reason: 'TOO_MANY_WATCHERS',
    code: Code.ResourceExhausted,
    details: ['QuotaFailure', 'RetryInfo'],
    metadata: { limit: '0' },
    options: () => ({ watch: { maxWatchers: 0 } }),
    streams: true,
    call: (client) => watch(client).next(),
  },
  'a watcher that is too slow': {
    reason: 'WATCH_TOO_SLOW',
    code: Code.ResourceExhausted,
    details: ['RetryInfo'],
    metadata: { limit: '0' },
    options: () => ({ watch: { maxPending: 0 } }),
    streams: true,
    call: async (client) => {
      const events = watch(client);
      await events.next();
      await client.registerManifest(valid);
      // Heartbeats may be on their way.
      for (;;) if ((await events.next()).done) return;
    },
  },
  'a damaged manifest': {
    reason: 'CORRUPT_MANIFEST',
    code: Code.DataLoss,
    details: [],
    metadata: { key: manifestKey(name) },
    options: () => ({ shared: true }),
    prepare: ({ store }) => store.put(manifestKey(name), new Uint8Array(9), { kind: 'create' }),
    call: (client) => client.getManifest({ name }),
  },
  'a name that the file system cannot tell from another': {
    reason: 'NAME_COLLIDES',
    code: Code.FailedPrecondition,
    details: [],
    metadata: { name },
    prepare: ({ store }) => {
      store.always = failBefore(new KeyCollisionError(SECRET));
    },
    call: register(),
  },
  'a bug': {
    reason: 'INTERNAL',
    code: Code.Internal,
    details: [],
    options: () => ({ shared: true }),
    prepare: ({ store }) => {
      store.always = failBefore(new TypeError(SECRET));
    },
    call: (client) => client.getManifest({ name }),
  },
};

/** A new registry to which the error of that row happens. */
export async function failingRegistry(row: Row): Promise<Registry> {
  const beneath = createMemoryStore();
  const store = new FaultyStore(beneath);
  const options = { store, ...row.options?.() };
  const registry =
    row.unloaded === true
      ? new Registry({
          codec: protobufViews,
          runtime: new FakeRuntime(),
          log: silentLog,
          shared: false,
          ...options,
        })
      : await openRegistry(options);
  await row.prepare?.({ store, beneath, registry });
  return registry;
}
