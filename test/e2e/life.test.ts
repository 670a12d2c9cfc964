import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifestKey } from '../../src/catalog/name.ts';
import { createCatalogClient } from '../../src/client/client.ts';
import { NotReadyError, startProcess } from '../support/catalogd-process.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { everything, fill, NAMES, survivesKill } from './scenarios.ts';

const parent = tempFolder();
const credentials = { accessKeyId: 'e2e', secretAccessKey: 'e2e-secret' };

describe('register, kill -9, start', () => {
  let double: S3Double;
  beforeAll(async () => {
    double = await startS3Double({ bucket: 'lake', ...credentials });
  });
  afterAll(() => double.close());

  it.each(['file', 's3'])('finds everything again, as it was: %s', async (kind) => {
    const store =
      kind === 'file'
        ? `file:${join(parent, 'kill')}`
        : `s3://lake/prefix?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;
    await survivesKill(store, {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    });
  });
});

describe('serve', () => {
  it('refuses a directory in use and says which process holds it', async () => {
    const store = `file:${join(parent, 'held')}`;
    const holder = await startProcess(store);
    const refused = await startProcess(store).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NotReadyError);
    expect((refused as NotReadyError).exitCode).toBeGreaterThan(0);
    expect((refused as NotReadyError).stderr).toContain(String(holder.child.pid));
    // Not even a stopped holder loses it; a dead one does.
    holder.child.kill('SIGSTOP');
    await expect(startProcess(store)).rejects.toThrow('in use');
    holder.child.kill('SIGCONT');
    await holder.end('SIGKILL');
    const next = await startProcess(store);
    expect(await next.end('SIGTERM')).toBe(0);
  });

  it('does not start on a damaged manifest, and names it', async () => {
    const folder = join(parent, 'damaged');
    const first = await startProcess(`file:${folder}`);
    await fill(first.address);
    await first.end('SIGTERM');
    for (const name of NAMES.slice(0, 2)) {
      const path = join(folder, manifestKey(name));
      const bytes = readFileSync(path);
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    }
    const refused = await startProcess(`file:${folder}`).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NotReadyError);
    const { exitCode, stderr } = refused as NotReadyError;
    expect(exitCode).toBeGreaterThan(0);
    for (const name of NAMES.slice(0, 2)) expect(stderr).toContain(manifestKey(name));
    expect(stderr).not.toContain(manifestKey(NAMES[2] ?? ''));
  });

  it('finishes what is in flight at SIGTERM, while idle and half-open connections do not hold it up', async () => {
    const catalogd = await startProcess(`file:${join(parent, 'drain')}`);
    const [host, port] = catalogd.address.split(':');
    const sockets = ['', 'P', 'GET /healthz HTTP/1.1\r\n\r\n', '\0garbage'].map((first) => {
      const socket = net.connect(Number(port), host);
      socket.on('error', () => {});
      socket.write(first);
      return socket;
    });
    await sleep(100);
    const client = createCatalogClient({ address: catalogd.address });
    const calls = Array.from({ length: 50 }, (_, i) =>
      client.registerManifest({ name: `n${i}`, schemaFingerprint: 'fp' }),
    );
    await calls[0];
    const ended = catalogd.end('SIGTERM');
    const results = await Promise.allSettled(calls);
    expect(await ended).toBe(0);
    for (const socket of sockets) socket.destroy();
    client.close();
    // Each call was answered one way or the other; what was acknowledged is there.
    const done = results.filter(({ status }) => status === 'fulfilled').length;
    const again = await startProcess(`file:${join(parent, 'drain')}`);
    expect((await everything(again.address)).length).toBeGreaterThanOrEqual(done);
    await again.end('SIGTERM');
  });
});
