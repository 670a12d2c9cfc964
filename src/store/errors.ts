/** The base of all errors that a store throws on purpose. The message is for the log, never for a caller. */
export abstract class StoreError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** The condition of a put did not hold. Nothing was written by this put. */
export class PreconditionFailedError extends StoreError {}

/** The store could not be reached or refused the call. It is known that nothing was changed. */
export class StoreUnavailableError extends StoreError {}

/** A put or delete was sent and its fate is not known: it may have happened, or may happen yet. */
export class OutcomeUnknownError extends StoreError {}

/** The file system takes the key for that of another object, for example because it ignores case. */
export class KeyCollisionError extends StoreError {}

/**
 * The object is larger than any that the catalog writes, so somebody else did. It was not read: its size
 * is whatever that one liked.
 */
export class ObjectTooLargeError extends StoreError {
  readonly sizeBytes: number;
  readonly etag: string;

  constructor(where: string, sizeBytes: number, etag: string) {
    super(`${where} has ${sizeBytes} bytes`);
    this.sizeBytes = sizeBytes;
    this.etag = etag;
  }
}

/** The store cannot be opened as configured: a wrong URL, a directory in use, a missing bucket. */
export class StoreConfigError extends StoreError {}
