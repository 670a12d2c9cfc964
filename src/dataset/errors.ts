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

/** A file could not be read for now, as when its server does not answer. Another try may go well. */
export class DatasetUnavailableError extends DatasetFileError {
  override name = 'DatasetUnavailableError';
}

/** What is wrong with the file at hand, whose name is put before it on the way out. */
export class FileProblem extends Error {
  override name = 'FileProblem';
}
