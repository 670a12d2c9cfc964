/** S3 cannot be reached as configured: a wrong URL, or no region. The message never holds credentials. */
export class S3ConfigError extends Error {
  override name = 'S3ConfigError';
}
