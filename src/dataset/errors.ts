/** A Parquet schema breaks the rules of the format. The message says which element, and how. */
export class InvalidSchemaError extends Error {
  override name = 'InvalidSchemaError';
}

/** A file cannot be taken into a dataset. The message begins with the file and says what is wrong with it. */
export class DatasetFileError extends Error {
  override name = 'DatasetFileError';

  /** The file, as the caller named it. */
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}
