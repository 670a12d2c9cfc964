/** A file that may become part of a dataset; nothing of it has been read yet. */
export interface DataFile {
  /** As the caller named it, or as it was found; for messages. */
  readonly name: string;
  /**
   * Absolute. A local file's is percent-encoded, `file:///data/a%20b.parquet` (RFC 8089); an S3
   * object's has the key as it is, `s3://bucket/a b.parquet`, which is how the tools of S3 read it.
   */
  readonly uri: string;
  /**
   * Opens it for reading; the caller closes it.
   *
   * @throws {FileProblem | DatasetUnavailableError}
   */
  open(): Promise<OpenFile>;
}

/** A file that can be read in parts. */
export interface OpenFile {
  readonly sizeBytes: number;
  /** That of what has been read, where the place has etags; set once something has been read. */
  readonly etag: string | undefined;
  /**
   * Reads exactly `length` bytes from a position on, both within the size.
   *
   * @throws {FileProblem} if the file has changed meanwhile.
   * @throws {DatasetUnavailableError} if it cannot be read for now.
   */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
