import https from 'node:https';
import { describe, expect, it } from '@jest/globals';
import { NotReadyError, startProcess } from '../support/catalogd-process.ts';
import { authority, certificatePath, identity } from '../support/certificates.ts';

const TLS = [
  '--tls-cert',
  certificatePath('server'),
  '--tls-key',
  certificatePath('server', 'key'),
];
const MUTUAL = [...TLS, '--tls-client-ca', certificatePath('ca')];

/** What a start that is refused ends with. */
async function refusal(...args: string[]): Promise<string> {
  const error = await startProcess('memory:', {}, args).then(
    async (started) => {
      await started.end('SIGKILL');
      return new Error('started');
    },
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(NotReadyError);
  expect(error.exitCode).toBe(2);
  return error.stderr;
}

function get(address: string, path: string, options: https.RequestOptions = {}) {
  return new Promise<number>((resolve, reject) => {
    https
      .get(
        `https://${address}${path}`,
        { ca: authority(), agent: false, ...options },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      )
      .on('error', reject);
  });
}

describe('catalogd serve', () => {
  it.each([
    [['--listen', '0.0.0.0:0'], 'no TLS (--tls-cert, --tls-key) and authentication'],
    [['--listen', '[::]:0'], 'no TLS (--tls-cert, --tls-key) and authentication'],
    [['--listen', '0.0.0.0:0', ...TLS], 'no authentication'],
    [['--admin-listen', '0.0.0.0:0'], '--admin-insecure'],
    [['--tls-cert', certificatePath('server')], 'tls.cert is set without tls.key'],
    [['--tls-key', certificatePath('server', 'key')], 'tls.key is set without tls.cert'],
    [['--tls-client-ca', certificatePath('ca')], 'tls.client_ca is set without'],
    [['--tls-cert', 'none.pem', '--tls-key', 'none.key'], 'there is no such file'],
    [[...TLS, '--tls-client-auth', 'maybe'], 'accepted: require, request'],
  ])('refuses %j', async (args, message) => {
    expect(await refusal(...args)).toContain(message);
  });

  it('listens beyond loopback where callers have to show certificates', async () => {
    const started = await startProcess('memory:', {}, ['--listen', '0.0.0.0:0', ...MUTUAL]);
    expect(started.address).toMatch(/^0\.0\.0\.0:/);
    expect(await started.end('SIGTERM')).toBe(0);
  });

  it('listens beyond loopback when told so', async () => {
    const started = await startProcess('memory:', {}, ['--listen', '0.0.0.0:0', '--insecure']);
    expect(started.address).toMatch(/^0\.0\.0\.0:/);
    expect(await started.end('SIGTERM')).toBe(0);
  });

  it('serves over mutual TLS, with its probes on a plain port of their own', async () => {
    const args = [...MUTUAL, '--admin-listen', '127.0.0.1:0'];
    const started = await startProcess('memory:', {}, args);
    const { address } = started;
    expect(await get(address, '/v1/manifests', identity('writer'))).toBe(200);
    expect(await get(address, '/readyz', identity('writer'))).toBe(404);
    await expect(get(address, '/v1/manifests')).rejects.toThrow();
    await expect(get(address, '/v1/manifests', identity('stranger'))).rejects.toThrow();
    const admin = /probes and metrics on (\S+)/.exec(started.stdout())?.[1];
    expect((await fetch(`http://${admin}/readyz`)).status).toBe(200);
    expect(await started.end('SIGTERM')).toBe(0);
  });
});
