import { readFileSync } from 'node:fs';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CatalogClientOptions,
  createCatalogClient,
  type TlsOptions,
} from '../../src/client/client.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { type FakeMethods, fault, listResponse, startFake } from './fake-service.ts';

const cert = readFileSync(new URL('./tls/cert.pem', import.meta.url));
const key = readFileSync(new URL('./tls/key.pem', import.meta.url));
const trusted: TlsOptions = { ca: cert.toString(), serverName: 'catalog.test' };

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A client of a service which notes the tokens that come in. */
async function fake(
  options: CatalogClientOptions,
  server: { credentials?: ServerCredentials } = {},
  errors: unknown[] = [],
) {
  const seen: unknown[] = [];
  const methods: FakeMethods = {
    listManifests: (_, metadata) => {
      seen.push(metadata.get('authorization'));
      const error = errors.shift();
      if (error !== undefined) throw error;
      return listResponse({});
    },
  };
  const service = await startFake(methods, server);
  const client = createCatalogClient({
    address: service.address,
    runtime: new FakeRuntime(),
    retry: { maxAttempts: 2 },
    ...options,
  });
  opened.push(
    () => service.close(),
    () => client.close(),
  );
  return { client, seen };
}

const serverTls = (askClient: boolean) => ({
  credentials: ServerCredentials.createSsl(
    cert,
    [{ private_key: key, cert_chain: cert }],
    askClient,
  ),
});

describe('a token', () => {
  it('is asked for anew, and sent, with each attempt', async () => {
    let count = 0;
    const token = async () => `t-${++count}`;
    const { client, seen } = await fake({ token }, {}, [fault(status.UNAVAILABLE, 'try again')]);
    await client.listManifests({});
    expect(seen).toEqual([['Bearer t-1'], ['Bearer t-2']]);
  });

  it('goes over TLS', async () => {
    const { client, seen } = await fake({ token: () => 'abc==', tls: trusted }, serverTls(false));
    await client.listManifests({});
    expect(seen).toEqual([['Bearer abc==']]);
  });

  it('is refused in the clear to another machine', () => {
    const open = (options: CatalogClientOptions) => createCatalogClient(options).close();
    const token = () => 't';
    const elsewhere = { address: 'catalog.example:7070', token };
    expect(() => open(elsewhere)).toThrow('not sent to catalog.example:7070 in the clear');
    expect(() => open({ ...elsewhere, tls: false })).toThrow('set tls');
    open({ ...elsewhere, tls: true });
    open({ address: '[::1]:7070', token });
  });

  it.each(['', 'a b', 'secret\nx', 'secreté', undefined])('is not sent as %j', async (bad) => {
    const { client, seen } = await fake({ token: () => bad as string });
    const error = await client.listManifests({}).catch((reason) => reason);
    expect(error).toMatchObject({ name: 'CatalogClientError', code: 'UNAUTHENTICATED' });
    expect(error.message).not.toContain('secret');
    expect(seen).toEqual([]);
  });

  it('that fails fails the call, once, with its cause', async () => {
    let asked = 0;
    const cause = new Error('the issuer is down');
    const token = () => {
      asked += 1;
      throw cause;
    };
    const { client } = await fake({ token });
    await expect(client.registerManifest({ name: 'a' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: '',
      cause,
    });
    expect(asked).toBe(1);
  });

  it('that does not come ends with the deadline, or with the signal', async () => {
    const { client, seen } = await fake({ token: () => new Promise<string>(() => {}) });
    const write = { name: 'a' };
    await expect(client.registerManifest(write, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      reason: '',
    });
    const abort = new AbortController();
    const call = client.registerManifest(write, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED', reason: '' });
    expect(seen).toEqual([]);
  });
});

describe('TLS', () => {
  it('is waited for no more once the client is closed', async () => {
    const { client, seen } = await fake({ token: () => new Promise(() => {}) });
    const options = { timeoutMs: 86_400_000 };
    const calls = [
      client.listManifests({}, options),
      client.registerManifest({ name: 'a' }, options),
    ];
    client.close();
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'CANCELLED', reason: 'CLIENT_CLOSED' });
    }
    expect(seen).toEqual([]);
  });

  it.each<[string, boolean | TlsOptions, string]>([
    ['an unknown authority', { serverName: 'catalog.test' }, 'self-signed certificate'],
    ['another name', { ca: cert }, 'altnames'],
    ['a service in plaintext', true, 'No connection established'],
  ])('refuses %s', async (_, tls, message) => {
    const { client, seen } = await fake({ tls }, tls === true ? {} : serverTls(false));
    await expect(client.listManifests({})).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(message),
    });
    expect(seen).toEqual([]);
  });

  it('shows its own certificate to a service that asks for one', async () => {
    const { client, seen } = await fake({ tls: { ...trusted, cert, key } }, serverTls(true));
    await client.listManifests({});
    const anonymous = await fake({ tls: trusted }, serverTls(true));
    await expect(anonymous.client.listManifests({})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([seen, anonymous.seen]).toEqual([[[]], []]);
  });

  it('wants a certificate and its key together', () => {
    expect(() => createCatalogClient({ tls: { cert } })).toThrow(
      'tls.cert is given without tls.key',
    );
    expect(() => createCatalogClient({ tls: { key } })).toThrow(
      'tls.key is given without tls.cert',
    );
  });
});
