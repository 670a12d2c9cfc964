import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readTlsFiles, type TlsFiles, type TlsMaterial } from '../../src/server/tls-files.ts';
import { followTlsFiles } from '../../src/server/tls-reload.ts';
import { type CertificateName, certificatePath } from '../support/certificates.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTlsServer, tlsConnect } from './tls-support.ts';

/** 2026-01-01, in microseconds. */
const NOW = 1_767_225_600_000_000n;

const folder = tempFolder();

/** A secret as Kubernetes mounts it: the files are links into a folder that is swapped as one. */
class MountedSecret {
  readonly #folder = mkdtempSync(join(folder, 'secret-'));
  #swaps = 0;
  readonly files: TlsFiles = {
    cert: join(this.#folder, 'tls.crt'),
    key: join(this.#folder, 'tls.key'),
    clientCa: join(this.#folder, 'ca.crt'),
  };

  constructor() {
    this.swap('server', 'server');
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) {
      symlinkSync(join('..data', name), join(this.#folder, name));
    }
  }

  swap(cert: CertificateName, key: CertificateName, ca: CertificateName = 'ca'): void {
    this.#swaps += 1;
    const version = `..${this.#swaps}`;
    mkdirSync(join(this.#folder, version));
    writeFileSync(join(this.#folder, version, 'tls.crt'), readFileSync(certificatePath(cert)));
    writeFileSync(
      join(this.#folder, version, 'tls.key'),
      readFileSync(certificatePath(key, 'key')),
    );
    writeFileSync(join(this.#folder, version, 'ca.crt'), readFileSync(certificatePath(ca)));
    symlinkSync(version, join(this.#folder, '..new'));
    renameSync(join(this.#folder, '..new'), join(this.#folder, '..data'));
  }
}

/** Follows the files; each step happens during one pause between two looks. */
async function follow(
  files: TlsFiles,
  steps: readonly (() => void)[],
  onChange: (material: TlsMaterial) => void = () => {},
): Promise<string[]> {
  const told: string[] = [];
  const line = (level: string) => (fields: Record<string, unknown>, message: string) =>
    told.push(`${level} ${message}${fields.err instanceof Error ? `: ${fields.err.message}` : ''}`);
  const end = new AbortController();
  const left = [...steps];
  await followTlsFiles(
    files,
    {
      current: await readTlsFiles(files),
      intervalMs: 10_000,
      runtime: {
        now: () => NOW,
        sleep: async () => {
          const step = left.shift();
          if (step === undefined) end.abort();
          else step();
        },
      },
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      onChange: (material) => {
        told.push('changed');
        onChange(material);
      },
    },
    end.signal,
  );
  return told;
}

const pause = () => {};

describe('following the TLS files', () => {
  it('takes what differs, once', async () => {
    const secret = new MountedSecret();
    const swap = () => secret.swap('renewed', 'renewed');
    expect(await follow(secret.files, [pause, swap, pause, pause, pause])).toEqual(['changed']);
  });

  it('takes new authorities of clients, too', async () => {
    const secret = new MountedSecret();
    const swap = () => secret.swap('server', 'server', 'other-ca');
    expect(await follow(secret.files, [swap, pause])).toEqual(['changed']);
  });

  it('waits until nobody writes any more', async () => {
    const secret = new MountedSecret();
    const half = () => secret.swap('renewed', 'server');
    const whole = () => secret.swap('renewed', 'renewed');
    expect(await follow(secret.files, [half, whole, pause])).toEqual(['changed']);
  });

  it('keeps what is in use when the new files are bad, says so once, and takes the next', async () => {
    const secret = new MountedSecret();
    const bad = () => secret.swap('renewed', 'server');
    const good = () => secret.swap('renewed', 'renewed');
    const { files } = secret;
    expect(await follow(files, [bad, pause, pause, pause, good, pause])).toEqual([
      'error the new TLS files cannot be used; what was read before stays in use: ' +
        `the TLS key "${files.key}" is not that of the first certificate in "${files.cert}"`,
      'changed',
    ]);
  });

  it('warns once of a certificate that has ended, or ends soon', async () => {
    const secret = new MountedSecret();
    const swap = () => secret.swap('expired-server', 'expired-server');
    expect(await follow(secret.files, [pause, swap, pause, pause, pause])).toEqual([
      'changed',
      'warn the TLS certificate in use ends soon, or has ended',
    ]);
  });

  it('shows new connections the new certificate, and leaves the open ones alone', async () => {
    const secret = new MountedSecret();
    const server = await startTlsServer();
    const before = await tlsConnect(server.port);
    const swap = () => secret.swap('renewed', 'renewed');
    await follow(secret.files, [swap, pause], server.renewTls);
    const after = await tlsConnect(server.port, { session: before.getSession() });
    expect([before, after].map((socket) => socket.getPeerCertificate().subject.CN)).toEqual([
      'catalog.test',
      'catalog.test renewed',
    ]);
    expect(server.logged).toEqual(['info TLS certificate in use', 'info TLS certificate in use']);
    before.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(String(await new Promise((resolve) => before.once('data', resolve)))).toMatch(/ 200 /);
    for (const socket of [before, after]) socket.destroy();
    await server.drain(1_000);
  });
});
