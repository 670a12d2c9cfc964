import { appendFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { AppendFile } from '../../../src/server/audit/append-file.ts';
import { AuditLog, AuditLogError } from '../../../src/server/audit/audit-log.ts';
import { LineQueue, type LineQueueOptions } from '../../../src/server/audit/line-queue.ts';
import { Readiness } from '../../../src/server/readiness.ts';
import { systemRuntime } from '../../../src/server/system-runtime.ts';
import { silentLog } from '../../support/catalog.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const base = tempFolder();
const temporaryFolder = () => mkdtemp(join(base, 'audit-'));

const change = (toVersion: number) => ({
  method: 'RegisterManifest',
  name: 'sales/orders',
  fromVersion: BigInt(toVersion - 1),
  toVersion: BigInt(toVersion),
  requestId: '',
  outcome: 'done' as const,
});

async function open(target: string, stdout = new Writable()) {
  const readiness = new Readiness();
  readiness.set('ready');
  const counted = { written: 0, failed: 0, dropped: 0 };
  const audit = await AuditLog.open({
    target,
    stdout,
    runtime: systemRuntime,
    log: silentLog,
    readiness,
    events: {
      written: (lines) => {
        counted.written += lines;
      },
      failed: () => {
        counted.failed += 1;
      },
      dropped: () => {
        counted.dropped += 1;
      },
    },
  });
  return { audit, readiness, counted };
}

const versions = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).toVersion);

describe('the audit log', () => {
  it('has each line by the time the change is answered, in order', async () => {
    const path = join(await temporaryFolder(), 'audit.ndjson');
    const { audit } = await open(path);
    await audit.changedByItself(change(1));
    expect(await versions(path)).toEqual([1]);
    await Promise.all([2, 3, 4, 5].map((version) => audit.changedByItself(change(version))));
    expect(await versions(path)).toEqual([1, 2, 3, 4, 5]);
    expect(JSON.parse((await readFile(path, 'utf8')).split('\n')[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      caller: 'catalogd',
      method: 'RegisterManifest',
      name: 'sales/orders',
      fromVersion: 0,
      toVersion: 1,
      outcome: 'done',
    });
    await audit.close();
  });

  it('goes on in a new file when the old one was renamed, or removed', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'audit.ndjson');
    const { audit } = await open(path);
    await audit.changedByItself(change(1));
    await rename(path, join(folder, 'audit.1'));
    await audit.changedByItself(change(2));
    await rm(path);
    await audit.changedByItself(change(3));
    expect(await versions(join(folder, 'audit.1'))).toEqual([1]);
    expect(await versions(path)).toEqual([3]);
    await audit.close();
  });

  it('ends a line in the file in which it has begun', async () => {
    const path = join(await temporaryFolder(), 'audit.ndjson');
    const file = new AppendFile(path);
    await file.append(Buffer.from('fir'), true);
    await rename(path, `${path}.1`);
    await file.append(Buffer.from('st\n'), false);
    await file.append(Buffer.from('second\n'), true);
    await file.close();
    expect(await readFile(`${path}.1`, 'utf8')).toBe('first\n');
    expect(await readFile(path, 'utf8')).toBe('second\n');
  });

  it('ends a line that a crash has cut short, and keeps what is there', async () => {
    const path = join(await temporaryFolder(), 'audit.ndjson');
    await appendFile(path, '{"toVersion":1}\n{"toVer');
    const { audit } = await open(path);
    await audit.changedByItself(change(2));
    await audit.close();
    const [first, cut, second] = (await readFile(path, 'utf8')).split('\n');
    expect([first, cut]).toEqual(['{"toVersion":1}', '{"toVer']);
    expect(JSON.parse(second ?? '').toVersion).toBe(2);
  });

  it('says at the start that it cannot be opened', async () => {
    const folder = await temporaryFolder();
    await expect(open(folder)).rejects.toThrow(AuditLogError);
    await expect(open(join(folder, 'missing', 'audit'))).rejects.toThrow('cannot be opened');
  });

  it('keeps what cannot be written, says so while ready, and writes it later', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'logs', 'audit.ndjson');
    await mkdir(join(folder, 'logs'));
    const { audit, readiness, counted } = await open(path);
    await rm(join(folder, 'logs'), { recursive: true });
    await audit.changedByItself(change(1));
    await audit.changedByItself(change(2));
    expect(readiness.status).toEqual({ state: 'ready', reason: 'the audit log cannot be written' });
    expect(counted.failed).toBeGreaterThan(0);
    expect(audit.pending).toBe(2);
    await mkdir(join(folder, 'logs'));
    await audit.close();
    expect(await versions(path)).toEqual([1, 2]);
    expect(counted).toMatchObject({ written: 2, dropped: 0 });
    expect(readiness.status.reason).toBe('');
  });

  it('goes to the standard output', async () => {
    const written: string[] = [];
    const stdout = new Writable({
      write(chunk, _, done) {
        written.push(String(chunk));
        done();
      },
    });
    const { audit } = await open('-', stdout);
    await audit.changedByItself(change(1));
    expect(written.join('')).toMatch(/^\{"time".*"toVersion":1,.*\}\n$/);
  });
});

describe('a queue of lines', () => {
  const queueOf = (write: LineQueueOptions['write'], maxLines = 3) => {
    const counted = { written: 0, failed: 0, dropped: 0 };
    const queue = new LineQueue({
      write,
      maxLines,
      retryMs: 1,
      runtime: systemRuntime,
      events: {
        written: (lines) => {
          counted.written += lines;
        },
        failed: () => {
          counted.failed += 1;
        },
        dropped: () => {
          counted.dropped += 1;
        },
      },
    });
    return { queue, counted };
  };

  it('loses nothing to writes that take only a part, or fail in the middle: a disk that fills', async () => {
    const written: [string, boolean][] = [];
    let room = 7;
    const { queue, counted } = queueOf(async (bytes, beginsLine) => {
      if (room === 0) {
        room = 1_000;
        throw new Error('ENOSPC');
      }
      const taken = bytes.subarray(0, Math.min(5, room));
      room -= taken.length;
      written.push([taken.toString(), beginsLine]);
      return taken.length;
    });
    await queue.add('first');
    await queue.add('second');
    await queue.close();
    // Only where a line begins, the next file may.
    expect(written).toEqual([
      ['first', true],
      ['\n', false],
      ['s', true],
      ['econd', false],
      ['\n', false],
    ]);
    expect(counted).toEqual({ written: 2, failed: 1, dropped: 0 });
  });

  it('keeps no more lines than it may, and counts the others', async () => {
    const { queue, counted } = queueOf(() => Promise.reject(new Error('EIO')));
    for (let i = 0; i < 5; i++) await queue.add(`line ${i}`);
    expect(queue.pending).toBe(3);
    expect(counted.dropped).toBe(2);
    await queue.close();
  });

  it('lets nobody wait while nothing can be written', async () => {
    const waits: number[] = [];
    const sleep = (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        waits.push(ms);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    const queue = new LineQueue({
      write: () => Promise.reject(new Error('EIO')),
      maxWaitMs: 5,
      retryMs: 7,
      runtime: { sleep },
      events: { written() {}, failed() {}, dropped() {} },
    });
    await queue.add('first');
    void queue.add('second');
    expect(waits).toEqual([5, 7]);
  });

  it('lets nobody wait for ever', async () => {
    const queue = new LineQueue({
      write: () => new Promise(() => {}),
      maxWaitMs: 5,
      runtime: systemRuntime,
      events: { written() {}, failed() {}, dropped() {} },
    });
    await queue.add('never written');
    expect(queue.pending).toBe(1);
  });

  it('counts a write that hangs as failed: it holds up one wait, and neither the next nor the end', async () => {
    const waits: number[] = [];
    const counted = { written: 0, failed: 0 };
    let end = (_: number) => {};
    const queue = new LineQueue({
      write: ({ length }) =>
        new Promise((resolve) => {
          end = () => resolve(length);
        }),
      runtime: {
        sleep: async (ms) => {
          waits.push(ms);
          await new Promise((resolve) => setImmediate(resolve));
        },
      },
      events: {
        written: (lines) => {
          counted.written += lines;
        },
        failed: () => {
          counted.failed += 1;
        },
        dropped() {},
      },
    });
    for (let i = 0; i < 5; i++) await queue.add(`line ${i}`);
    expect(waits).toEqual([1_000]);
    expect(counted).toEqual({ written: 0, failed: 1 });
    expect(await queue.close()).toBe(false);
    // Somebody reads again: the first line, and then the others together.
    end(0);
    await new Promise((resolve) => setImmediate(resolve));
    end(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(counted.written).toBe(5);
    expect(queue.pending).toBe(0);
    expect(await queue.close()).toBe(true);
  });
});
