/** Objects of one dataset. Above it a table format (Iceberg, Delta) is the right tool. */
export const MAX_OBJECTS = 100_000;
/** Bytes of an object's key: the bound of S3. */
export const MAX_OBJECT_KEY_BYTES = 1024;
/** Bytes of an object's etag. */
export const MAX_OBJECT_ETAG_BYTES = 256;
/** Bytes of a schema fingerprint. */
export const MAX_FINGERPRINT_BYTES = 256;
/** Labels of one dataset, and the bytes of a label's key and value. */
export const MAX_LABELS = 64;
export const MAX_LABEL_KEY_BYTES = 63;
export const MAX_LABEL_VALUE_BYTES = 256;
/** Characters of a request id. */
export const MAX_REQUEST_ID_CHARS = 64;
/** Bytes of an expected etag; ours are shorter. */
export const MAX_ETAG_BYTES = 64;
/** The largest int64. */
export const MAX_INT64 = 2n ** 63n - 1n;

/** Names in one BatchGetManifests: as many as fit into one answer in the BASIC view whatever their labels. */
export const MAX_BATCH_NAMES = 100;
export const DEFAULT_PAGE_SIZE = 100;
export const MAX_PAGE_SIZE = 1_000;
/** Names of manifests that cannot be read which one answer tells. */
export const MAX_UNREADABLE_NAMES = 1_000;
/**
 * Bytes of manifests or objects in one answer. gRPC clients refuse messages above 4 MiB by default;
 * what is left below that is for the tags, the page token and the envelope.
 */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024 - 64 * 1024;
