/**
 * Reads the manifests of an S3 server by the SDK alone, in a process of its own: `get-loop.ts PORT COUNT
 * IN-FLIGHT`. Prints the milliseconds it took.
 */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [port, count, inFlight] = process.argv.slice(2).map(Number);
const client = new S3Client({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  forcePathStyle: true,
});
const began = performance.now();
let next = 0;
const worker = async () => {
  while (next < (count ?? 0)) {
    const name = `bench/events/dataset-${String(next++).padStart(7, '0')}`;
    const Key = `_catalog/manifests/${name}.parquet`;
    const answer = await client.send(new GetObjectCommand({ Bucket: 'catalog', Key }));
    const body = await answer.Body?.transformToByteArray();
    if (body === undefined || body.length < 1_000) throw new Error(`${Key}: not a manifest`);
  }
};
await Promise.all(Array.from({ length: inFlight ?? 1 }, worker));
console.log(performance.now() - began);
process.exit();
