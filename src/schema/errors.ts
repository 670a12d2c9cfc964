/** A Parquet schema breaks the rules of the format. The message says which element, and how. */
export class InvalidSchemaError extends Error {
  override name = 'InvalidSchemaError';
}
