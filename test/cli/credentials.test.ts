import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FakeService, listResponse, startFake } from '../client/fake-service.ts';
import { authority, certificatePath, identity } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { run } from './run-cli.ts';

const CA = ['--tls-ca', certificatePath('ca')];
const OURS = [
  '--tls-cert',
  certificatePath('writer'),
  '--tls-key',
  certificatePath('writer', 'key'),
];
const token = join(tempFolder(), 'token');

/** What came with each call as its authorization. */
const seen: unknown[] = [];
let service: FakeService;
beforeAll(async () => {
  writeFileSync(token, 'abc\n');
  const { cert, key } = identity('server');
  const pair = [{ cert_chain: cert, private_key: key }];
  const credentials = ServerCredentials.createSsl(authority(), pair, true);
  const listManifests = (_: unknown, metadata: { get(name: string): unknown[] }) => {
    seen.push(metadata.get('authorization'));
    return listResponse({});
  };
  service = await startFake({ listManifests }, { credentials });
});
afterAll(() => service.close());

const list = (args: string[], address = service.address) =>
  run(['list', ...args], { env: { CATALOGD_ADDRESS: address, CATALOGD_ATTEMPTS: '1' } });

describe('a command', () => {
  it('proves who it is by certificate and token', async () => {
    seen.length = 0;
    const args = [...CA, ...OURS, '--token-file', token];
    expect(await list(args)).toMatchObject({ code: 0 });
    expect(seen).toEqual([['Bearer abc']]);
  });

  it('may be told whom the service has to be', async () => {
    const named = [...CA, ...OURS, '--tls-server-name'];
    expect((await list([...named, 'catalog.test'])).code).toBe(0);
    expect((await list([...named, 'other.test'])).err).toContain('altnames');
  });

  it.each([
    ['no authority', ['--tls', ...OURS], 'self-signed certificate in certificate chain'],
    ['another authority', ['--tls-ca', certificatePath('other-ca'), ...OURS], 'certificate'],
    ['no certificate of its own', CA, 'UNAVAILABLE'],
    ['no TLS', ['--no-tls', ...OURS], 'UNAVAILABLE'],
  ])('is refused with %s', async (_, args, message) => {
    const { code, err } = await list(args);
    expect(err).toContain(message);
    expect(code).toBe(6);
  });

  it.each([
    [['--tls-cert', certificatePath('writer')], '--tls-cert and --tls-key go together'],
    [['--tls-key', certificatePath('writer', 'key')], '--tls-cert and --tls-key go together'],
    [['--tls-ca', 'none.pem'], '--tls-ca: the file cannot be read: ENOENT'],
    [['--tls-ca', token], '--tls-ca: the file has no certificate in PEM'],
    [
      ['--tls-cert', token, '--tls-key', certificatePath('writer', 'key')],
      '--tls-cert: the file has no certificate in PEM',
    ],
    [
      ['--tls-cert', certificatePath('writer'), '--tls-key', certificatePath('writer')],
      '--tls-key: the file has no key in PEM',
    ],
    [
      ['--tls-cert', certificatePath('writer'), '--tls-key', certificatePath('server', 'key')],
      '--tls-key: is not the key of the first certificate of --tls-cert',
    ],
    [['--token-file', 'none'], '--token-file: the file cannot be read: ENOENT'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, err } = await list(args);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  it('does not send a token in the clear to another machine', async () => {
    const { code, err } = await list(['--token-file', token], 'catalog.test:7070');
    expect(err).toContain('a token is not sent to catalog.test:7070 in the clear: set --tls');
    expect(err).not.toContain(readFileSync(token, 'utf8').trim());
    expect(code).toBe(2);
  });
});
