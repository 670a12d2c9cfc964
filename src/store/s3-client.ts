import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client as createClient, type S3ClientOptions } from '../s3/client.ts';
import { S3ConfigError } from '../s3/errors.ts';
import { StoreConfigError } from './errors.ts';
import type { S3Location } from './s3-url.ts';

/**
 * The SDK's client for the store at a location; see src/s3/client.ts.
 *
 * @throws {StoreConfigError} if no region is known.
 */
export async function createS3Client(
  location: S3Location,
  options: S3ClientOptions,
): Promise<S3Client> {
  try {
    return await createClient(location, location.url, options);
  } catch (error) {
    throw error instanceof S3ConfigError ? new StoreConfigError(error.message) : error;
  }
}
