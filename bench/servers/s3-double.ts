/**
 * An S3 double that takes so many milliseconds more for each request. `s3-double.ts LATENCY_MS`; its
 * bucket is `catalog`.
 */
import { startS3Double } from '../../test/support/s3-double.ts';

const delayMs = Number(process.argv[2] ?? 0);
const double = await startS3Double();
double.fault = () => {
  double.seen.length = 0;
  return delayMs === 0 ? undefined : { delayMs };
};
console.log(new URL(double.endpoint).port);
