import { afterAll, beforeAll } from '@jest/globals';
import { openS3Store } from '../../src/store/s3.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { describeStoreContract } from './conformance.ts';

let double: S3Double;
beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'double';
  process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
  double = await startS3Double();
});
afterAll(() => double.close());

describeStoreContract('s3', () =>
  openS3Store(
    `s3://catalog/some/prefix?endpoint=${encodeURIComponent(double.endpoint)}&path_style=true`,
  ),
);
