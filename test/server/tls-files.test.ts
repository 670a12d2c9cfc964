import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readTlsFiles, type TlsFiles } from '../../src/server/tls-files.ts';
import { certificatePath } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const good: TlsFiles = {
  cert: certificatePath('server'),
  key: certificatePath('server', 'key'),
  clientCa: certificatePath('ca'),
};

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const pem = (der: string) => `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;
const locked = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
}).privateKey;

describe('the TLS files', () => {
  it('say how long their certificate is valid', async () => {
    expect(await readTlsFiles(good)).toMatchObject({
      ca: readFileSync(certificatePath('ca')),
      validFrom: new Date('2020-01-01T00:00:00Z'),
      validTo: new Date('2126-01-01T00:00:00Z'),
    });
  });

  it('may have a whole chain, and remarks', async () => {
    const cert = `# ours\n${readFileSync(good.cert)}\n# theirs\n${readFileSync(certificatePath('ca'))}`;
    await readTlsFiles({ ...good, cert: file('chain.pem', cert) });
  });

  it.each<[string, Partial<TlsFiles>, string]>([
    [
      'is missing',
      { cert: join(folder, 'none') },
      'cannot read the TLS certificate "<>": there is no such file',
    ],
    ['is a folder', { key: folder }, 'cannot read the TLS key "<>": it is a folder'],
    [
      'is empty',
      { cert: file('empty', '') },
      'the TLS certificate "<>": no certificate in PEM is in it',
    ],
    [
      'is damaged',
      { cert: file('damaged', pem('AAAA')) },
      'the TLS certificate "<>": a certificate in it is damaged',
    ],
    [
      'has a damaged link of its chain',
      { cert: file('half', `${readFileSync(good.cert)}${pem('AAAA')}`) },
      'the TLS certificate "<>": a certificate in it is damaged',
    ],
    ['is a certificate for a key', { key: good.cert }, 'the TLS key "<>": no private key in PEM'],
    [
      'has a passphrase',
      { key: file('locked', locked) },
      'the TLS key "<>": it has a passphrase; store it without one',
    ],
    [
      'is the key of another certificate',
      { key: certificatePath('renewed', 'key') },
      `the TLS key "<>" is not that of the first certificate in ${JSON.stringify(good.cert)}`,
    ],
    [
      'has no authority',
      { clientCa: file('no-ca', 'nothing') },
      `the TLS clients' authorities "<>": no certificate in PEM is in it`,
    ],
  ])('are refused when one %s', async (_, wrong, message) => {
    const [path = ''] = Object.values(wrong);
    await expect(readTlsFiles({ ...good, ...wrong })).rejects.toMatchObject({
      name: 'TlsFileError',
      message: message.replace('"<>"', JSON.stringify(path)),
    });
  });
});
