import { openS3Store } from '../../src/store/s3.ts';
import type { Store } from '../../src/store/store.ts';
import { startS3Double } from '../support/s3-double.ts';
import { FaultProxy } from './fault-proxy.ts';

/** An S3 server with a fault proxy before it. */
export interface Target {
  readonly proxy: FaultProxy;
  /** The store's URL for replicas: through the proxy. */
  readonly store: string;
  /** The same place without the proxy. */
  readonly direct: Store;
  readonly directUrl: string;
  close(): Promise<void>;
}

/**
 * Opens a place of its own in the bucket of a real server, or in a double's. The credentials of a
 * real one come from the environment; those of the double are put there.
 *
 * @param url of the real server's store; empty: a double.
 * @param folder a part of keys that no other run has.
 * @param latencyMs how long a double takes for each request, in milliseconds.
 */
export async function openTarget(url: string, folder: string, latencyMs = 0): Promise<Target> {
  const double = url === '' ? await startS3Double() : undefined;
  if (double !== undefined) {
    if (latencyMs > 0) double.fault = () => ({ delayMs: latencyMs });
    process.env.AWS_ACCESS_KEY_ID = 'double';
    process.env.AWS_SECRET_ACCESS_KEY = 'double-secret';
  }
  const base =
    double === undefined
      ? url
      : `s3://catalog/lin?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;
  const location = new URL(base);
  location.pathname += `/${folder}`;
  const endpoint = location.searchParams.get('endpoint');
  if (endpoint === null) throw new Error('the URL of the S3 server needs its endpoint');
  const directUrl = location.href;
  const direct = await openS3Store(directUrl);
  const proxy = await FaultProxy.start(endpoint);
  location.searchParams.set('endpoint', proxy.endpoint);
  return {
    proxy,
    store: location.href,
    direct,
    directUrl,
    async close() {
      await proxy.close();
      await direct.close();
      await double?.close();
    },
  };
}
