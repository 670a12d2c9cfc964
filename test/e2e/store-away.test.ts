import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogdProcess, startProcess } from '../support/catalogd-process.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';

const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
const SIGNATURE = 'fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024';
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl';
const TOKEN = 'opaque-token-of-a-caller-0123456789';
/** What no log may hold. */
const SECRETS = [SECRET_KEY, ACCESS_KEY, SIGNATURE, JWT, TOKEN];

/** What a chatty server or proxy might say. */
const CHATTY = `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>GET https://lake/x?X-Amz-Credential=${ACCESS_KEY}%2F20260101&amp;X-Amz-Signature=${SIGNATURE} with Authorization: Bearer ${JWT} and key ${SECRET_KEY}</Message></Error>`;

let double: S3Double;
let catalogd: CatalogdProcess;
beforeAll(async () => {
  double = await startS3Double({ accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY });
  const url = `s3://catalog/p?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;
  const env = { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY };
  const args = ['--unready-after', '1s', '--refresh-interval', '200ms', '--access-log', '1'];
  catalogd = await startProcess(url, env, [...args, '--log-level', 'debug']);
}, 60_000);
afterAll(async () => {
  catalogd.child.kill('SIGKILL');
  await double.close();
});

const call = (path: string, method = 'GET', body?: object) =>
  fetch(`http://${catalogd.address}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${TOKEN}`,
      cookie: `session=${JWT}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const put = (name: string) => call(`/v1/manifests/${name}`, 'PUT', { schemaFingerprint: 'fp' });
const readyz = async () => {
  const answer = await call('/readyz');
  return { status: answer.status, ...((await answer.json()) as { reason?: string }) };
};

async function until(found: () => Promise<boolean>): Promise<void> {
  while (!(await found())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a store that goes away and comes back', () => {
  it('is told after the bound and forgotten by itself; weak reads go on, writes fail clearly', async () => {
    expect((await put('a')).status).toBe(201);
    double.fault = () => ({ status: 403, text: CHATTY });

    await until(async () => (await call('/readyz')).status === 503);
    expect((await readyz()).reason).toContain('the index has been overdue for more than 1 s');
    const weak = await call('/v1/manifests/a');
    expect(weak.status).toBe(200);
    expect(Number(weak.headers.get('catalogd-index-age-ms'))).toBeGreaterThan(1_000);
    const write = await put('a');
    expect(write.status).toBe(503);
    expect(((await write.json()) as { reason: string }).reason).toBe('STORE_UNAVAILABLE');
    const id = write.headers.get('x-request-id');
    expect(catalogd.stderr()).toContain(`"callId":"${id}"`);
    expect((await call('/healthz')).status).toBe(200);

    double.fault = () => undefined;
    await until(async () => (await call('/readyz')).status === 200);
    expect(await readyz()).toEqual({ status: 'ready' });
    expect((await put('a')).status).toBe(200);
    expect(catalogd.stderr()).toContain('ready again: the store is back');
  }, 60_000);

  it('cannot fill the log', async () => {
    double.fault = () => ({ status: 403, text: CHATTY });
    for (let i = 0; i < 100; i++) await put('a');
    const warned = catalogd
      .stderr()
      .split('\n')
      .filter((line) => /"msg":"a call failed"/.test(line));
    expect(warned.length).toBeLessThan(50);
    const metrics = await (await call('/metrics')).text();
    expect(metrics).toMatch(/^catalogd_log_suppressed_total [1-9]/m);
    double.fault = () => undefined;
  }, 60_000);

  it('has given away no secret, whatever it and the callers said', async () => {
    double.fault = () => ({ status: 403, text: CHATTY });
    await call('/v1/manifests/a?consistency=strong');
    await call('/v1/manifests/b');
    await call('/v1/manifests/%00', 'PUT', { schemaFingerprint: 'fp' });
    await call('/v1/manifests/a', 'DELETE');
    await call('/catalogd.v1.CatalogService/ListManifests', 'POST', { pageToken: 'none' });
    double.fault = () => undefined;
    await catalogd.end('SIGTERM');
    const log = catalogd.stderr();
    // The errors are there, and what they would have given away is not.
    expect(log).toContain('AccessDenied');
    expect(log).toContain('[redacted]');
    for (const secret of SECRETS) expect(log).not.toContain(secret);
    for (const line of log.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  }, 60_000);
});
