import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DataObject, Manifest } from '../../gen/catalogd/v1/catalog_pb.ts';
import type {
  BatchGetManifestsRequestSchema,
  BatchGetManifestsResponse,
  DeleteManifestRequestSchema,
  DeleteManifestResponse,
  EvolveSchemaRequestSchema,
  EvolveSchemaResponse,
  GetManifestRequestSchema,
  GetManifestResponse,
  ListManifestsRequestSchema,
  ListManifestsResponse,
  ListObjectsRequestSchema,
  ListObjectsResponse,
  PurgeManifestRequestSchema,
  PurgeManifestResponse,
  RegisterManifestRequestSchema,
  RegisterManifestResponse,
  UndeleteManifestRequestSchema,
  UndeleteManifestResponse,
  UpdateObjectsRequestSchema,
  UpdateObjectsResponse,
} from '../../gen/catalogd/v1/catalog_service_pb.ts';
import type { WatchEvent } from './follower.ts';
import type { CallOptions } from './options.ts';
import type { WatchOptions } from './watch.ts';

/**
 * The catalog's RPCs over gRPC, as catalog_service.proto documents them. Every call has a deadline,
 * is repeated within it where that is safe, and fails with CatalogClientError. One client holds one
 * connection, shared by all of its calls.
 */
export interface CatalogClient {
  /**
   * Registers a dataset. A write that was given no `requestId` gets a new one, which all of its
   * attempts bear. `replayed` in the answer says that an earlier attempt, or an earlier call with
   * this `requestId`, made the write; `existing` and `version` are those of that write.
   */
  registerManifest(
    request: MessageInitShape<typeof RegisterManifestRequestSchema>,
    options?: CallOptions,
  ): Promise<RegisterManifestResponse>;
  /** Changes the schema on purpose: the one way to another fingerprint. A write, as registerManifest. */
  evolveSchema(
    request: MessageInitShape<typeof EvolveSchemaRequestSchema>,
    options?: CallOptions,
  ): Promise<EvolveSchemaResponse>;
  /** Adds, replaces and removes objects without sending the others. A write, as registerManifest. */
  updateObjects(
    request: MessageInitShape<typeof UpdateObjectsRequestSchema>,
    options?: CallOptions,
  ): Promise<UpdateObjectsResponse>;
  /** Deletes a dataset, which can be undeleted. A write, as registerManifest. */
  deleteManifest(
    request: MessageInitShape<typeof DeleteManifestRequestSchema>,
    options?: CallOptions,
  ): Promise<DeleteManifestResponse>;
  /** Brings a deleted dataset back. A write, as registerManifest. */
  undeleteManifest(
    request: MessageInitShape<typeof UndeleteManifestRequestSchema>,
    options?: CallOptions,
  ): Promise<UndeleteManifestResponse>;
  /** Empties what a deleted dataset has left, for good. A write, as registerManifest. */
  purgeManifest(
    request: MessageInitShape<typeof PurgeManifestRequestSchema>,
    options?: CallOptions,
  ): Promise<PurgeManifestResponse>;
  getManifest(
    request: MessageInitShape<typeof GetManifestRequestSchema>,
    options?: CallOptions,
  ): Promise<GetManifestResponse>;
  batchGetManifests(
    request: MessageInitShape<typeof BatchGetManifestsRequestSchema>,
    options?: CallOptions,
  ): Promise<BatchGetManifestsResponse>;
  listManifests(
    request: MessageInitShape<typeof ListManifestsRequestSchema>,
    options?: CallOptions,
  ): Promise<ListManifestsResponse>;
  listObjects(
    request: MessageInitShape<typeof ListObjectsRequestSchema>,
    options?: CallOptions,
  ): Promise<ListObjectsResponse>;

  /** All pages of ListManifests, from `pageToken` on, each fetched when it is asked for. */
  manifestPages(
    request?: MessageInitShape<typeof ListManifestsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<ListManifestsResponse, void, undefined>;
  /** All manifests, in the byte order of their names, page by page beneath. */
  manifests(
    request?: MessageInitShape<typeof ListManifestsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<Manifest, void, undefined>;
  /** All pages of ListObjects, from `pageToken` on, each fetched when it is asked for. */
  objectPages(
    request: MessageInitShape<typeof ListObjectsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<ListObjectsResponse, void, undefined>;
  /** All objects of one version of a manifest, page by page beneath. */
  objects(
    request: MessageInitShape<typeof ListObjectsRequestSchema>,
    options?: CallOptions,
  ): AsyncGenerator<DataObject, void, undefined>;

  /**
   * The datasets whose names begin with `prefix`, then `synced`, and then each change of one, as long
   * as it is iterated. Streams that break are begun again, and only what is new is yielded. The
   * versions of a name never go back, except where another replica takes over that does not know the
   * latest one yet; it will. Memory: a name and an etag for each dataset.
   */
  watchManifests(
    request?: { readonly prefix?: string },
    options?: WatchOptions,
  ): AsyncGenerator<WatchEvent, never, undefined>;

  /**
   * Closes the connection. Attempts in flight may finish; calls, repetitions and watches fail with the
   * reason `CLIENT_CLOSED`.
   */
  close(): void;
}
